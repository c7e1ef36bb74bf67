import type { MediaFile } from "../plan/media";
import { stateOfStack } from "../providers/kernel/engine-state";

/** A resource of the stack as its last update has left it. */
export interface Standing {
  /** `smtxos:Vm` */
  kind: string;
  /** What it goes by in the program. */
  name: string;
  outputs: Record<string, unknown>;
}

/**
 * The resources that the stack's state has by now. Asked where a plan means one thing on a new site and another on one
 * that stands: whether a CloudTower at the planned address is this stack's own, for example.
 */
export async function standingResources(): Promise<Standing[]> {
  return [...(await stateOfStack())].flatMap(([urn, { type, outputs }]) => {
    const kind = /^pulumi-nodejs:dynamic\/(.+)$/.exec(type)?.[1];
    return kind ? [{ kind, name: urn.slice(urn.lastIndexOf("::") + 2), outputs }] : [];
  });
}

/** Whether it is neither half made nor what a failed creation has left. */
export function isWhole({ outputs }: Standing): boolean {
  return outputs["__phase"] === undefined;
}

/** The file that an image was uploaded from; undefined where nothing stands, or nothing that says it. */
export function imageOf(standing: Standing | undefined): MediaFile | undefined {
  const { name, size, file } = standing?.outputs ?? {};
  if (typeof name !== "string" || typeof size !== "number" || typeof file !== "string") return undefined;
  return { name, size, file };
}
