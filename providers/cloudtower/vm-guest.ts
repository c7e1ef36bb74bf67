import { isDeepStrictEqual } from "node:util";
import { pathTo } from "../kernel/path";
import type { VmChange } from "./vm-change";
import type { VmInputs, VmOutputs } from "./vm-inputs";
import { untilToolsRun } from "./vm-nics";
import type { SeenVm } from "./vm-seen";

/** What the tools tell of the guest; of one without them nobody knows it, and it is taken for what the plan has. */
export function seenGuest({ row }: SeenVm, planned: VmInputs): Pick<VmInputs, "hostname" | "dnsServers"> {
  const { hostname, dnsServers } = planned;
  if (row.vm_tools_status !== "RUNNING") return { hostname, dnsServers };
  const dns = (row.dns_servers ?? "").split(",").filter(Boolean);
  return { hostname: row.hostname ?? "", dnsServers: isDeepStrictEqual(dns, dnsServers) ? dnsServers : dns };
}

/** Sets name, DNS and time servers of the guest through its tools, once they run. */
export async function syncGuest(change: VmChange, prior: VmInputs | undefined): Promise<void> {
  const { context, wanted } = change;
  const { hostname, dnsServers, ntpServers } = wanted;
  const isSet = (field: "hostname" | "dnsServers" | "ntpServers") => {
    if (wanted[field] === undefined) return true;
    const hasShown = change.seen.row.vm_tools_status === "RUNNING" && field !== "ntpServers";
    // What is not shown is as the last run has left it, of a machine that ran then.
    const left = prior?.status === "RUNNING" ? prior[field] : undefined;
    return isDeepStrictEqual(hasShown ? seenGuest(change.seen, wanted)[field] : left, wanted[field]);
  };
  const fields = (["hostname", "dnsServers", "ntpServers"] as const).filter((field) => !isSet(field));
  if (fields.length === 0) return;
  if (change.seen.row.status !== "RUNNING") {
    context.warn(`machine ${wanted.name} does not run: its ${fields.join(", ")} are set once it does`);
    return;
  }
  await untilToolsRun(change);
  const data = {
    ...(fields.includes("hostname") && { hostname }),
    ...(fields.includes("dnsServers") && { dns_servers: dnsServers }),
    ...(fields.includes("ntpServers") && { ntp_servers: ntpServers }),
  };
  const body = { where: { id: change.id }, data };
  await change.writeUnseen("set name and servers of the guest", pathTo`/update-vm-host-options`, body);
}

/** Sets the password of an account of the guest through its tools, once they run; whether the guest has it. */
export async function syncPassword(
  change: VmChange,
  prior: (VmInputs & Partial<VmOutputs>) | undefined,
): Promise<boolean> {
  const { context, wanted } = change;
  const { guestOsAccount: account } = wanted;
  if (!account) return false;
  // Whoever has changed it since has done so in the guest.
  if (prior?.hasGivenPassword && isDeepStrictEqual(prior.guestOsAccount, account)) return true;
  if (change.seen.row.status !== "RUNNING") {
    context.warn(`machine ${wanted.name} does not run: the password of ${account.username} is set once it does`);
    return false;
  }
  await untilToolsRun(change);
  const body = { where: { id: change.id }, data: account };
  await change.writeUnseen(
    `set the password of ${account.username} in the guest`,
    pathTo`/reset-vm-guest-os-password`,
    body,
  );
  return true;
}
