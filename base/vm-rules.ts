/** What CloudTower takes of a machine, in a plan and in the provider's inputs alike. */

/** Bytes. */
const MOST_USER_DATA = 32 * 1024;
export const TOO_MUCH_USER_DATA = "is more than 32 KiB";

/** Whether cloud-init can be given so much. */
export function isUserData(text: string): boolean {
  return Buffer.byteLength(text) <= MOST_USER_DATA;
}

export const NOTHING_TO_COPY = "has nothing to copy: there is no source";
export const CORES_ALONE = "goes together with vcpu";

interface Machine {
  vcpu?: unknown;
  cpuCores?: unknown;
  fullCopy?: boolean | undefined;
}

/** What a machine has that means nothing without what it does not have. */
export function loneFields({ vcpu, cpuCores, fullCopy }: Machine, isCopy: boolean) {
  const lone: { field: "fullCopy" | "cpuCores"; problem: string }[] = [];
  if (fullCopy && !isCopy) lone.push({ field: "fullCopy", problem: NOTHING_TO_COPY });
  if (cpuCores !== undefined && vcpu === undefined) lone.push({ field: "cpuCores", problem: CORES_ALONE });
  return lone;
}
