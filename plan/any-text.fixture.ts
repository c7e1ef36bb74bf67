import fc from "fast-check";
import type { SitePlan } from "./site-plan";

/**
 * Texts that a plan may hold, and that mean something to a terminal, a path, a URL, a shell, a query, a workbook or
 * Pulumi: among them any of Unicode's own.
 */
const hostile = fc.constantFrom(
  "CLS\u001b[31m\u001b]0;owned\u0007",
  "C1\u009b31m",
  "bidi\u202egnp.exe",
  "zero\u200bwidth",
  "two\nlines",
  "<{%bold%}>ready<{%reset%}>",
  "../../../v3/users/1",
  "..",
  "a?force=true#top",
  "%2e%2e%2fusers",
  "$(reboot)`reboot`",
  "'; reboot; '",
  '"}){deleteCluster(id:"1")}#',
  '=HYPERLINK("http://x")',
  "<v>&amp;</v>]]>",
  "_x001B_[31m",
  "$\u007bjndi:ldap://x}",
  "__proto__",
  "constructor",
  "%s%n%d",
  "\\u001b[31m",
);

/** What somebody may have typed, pasted or planted. */
export const anyText = fc.oneof(hostile, fc.string({ unit: "binary", minLength: 1, maxLength: 12 }));

/** The texts of a plan that a person writes freely, and where they stand. What goes with one follows it. */
export const freeTexts = [
  "customer",
  "project",
  "datacenter",
  "area",
  "cluster.name",
  "cluster.serial",
  "cluster.admin.password",
  "management.switch.name",
  "storage.switch.name",
  "storage.network.name",
  "business.switch.name",
  "business.networks.0.name",
  "business.networks.1.name",
  "hosts.0.serial",
  "hosts.0.ssh.password",
  "hosts.0.root.password",
  "hosts.0.bmc.password",
  "hosts.0.rack.name hosts.1.rack.name hosts.2.rack.name racks.0.name",
  "cloudtower.name",
  "cloudtower.password",
  "cloudtower.ssh.password",
];

/** Control, format and bidirectional characters but the newline, and Pulumi's tags of colour. */
export const RAW = /[^\P{Cc}\n]|\p{Cf}|[\u2028\u2029]|<\{%/u;

/** The plan with a text at each of the paths that a field of `freeTexts` names. */
export function withText(plan: SitePlan, field: string, value: string): SitePlan {
  const changed = structuredClone(plan);
  for (const path of field.split(" ")) {
    const steps = path.split(".");
    const parent = steps.slice(0, -1).reduce<object>((at, step) => Reflect.get(at, step), changed);
    Reflect.set(parent, steps.at(-1) as string, value);
  }
  return changed;
}
