import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { didYouMean } from "../base/nearest";
import { SitewrightError } from "../providers/kernel/errors";
import { flag, oneOf, readAs, setting, unknownName } from "../providers/kernel/setting";
import { kernelSettings } from "../providers/kernel/settings";
import { alertRules } from "./alert-setting";
import { storagePolicy } from "./storage-setting";
import { cloudtowerLogin } from "./tower-login";

const text = z.string().min(1, "it is empty");

/** Every setting of a stack, in the order of README; each is read from the text that Pulumi has of it. */
const schemas = {
  teardown: setting(flag, "`true`: `pulumi destroy` may delete the site, as of the last `up`"),
  adopt: kernelSettings.adopt,
  trust: kernelSettings.trust,
  home: kernelSettings.home,
  timeouts: kernelSettings.timeouts,
  requestTimeout: kernelSettings.requestTimeout,
  redactDelivered: setting(flag, "`true`: the delivered copy of the workbook is without passwords"),
  credentials: kernelSettings.credentials,
  media: setting(
    text,
    "folder of the vendor's files: the newest `SMTX_VMTOOLS-*.iso` and `cloudtower-v*.iso` are uploaded",
    { how: "pulumi config set media stacks/<stack>/media" },
  ),
  cloudtower: setting(
    oneOf("install", "existing", "none"),
    "`install`, `existing` or `none`; unless set, the planned address is looked at",
  ),
  cloudtowerLogin,
  alertRules,
  storagePolicy,
  deployHostIp: setting(
    oneOf("management", "linkLocal"),
    "`linkLocal`: name hosts in the deployment request as the vendor's samples do; `management` unless set",
  ),
  flashMix: setting(oneOf("data"), "`data`: NVMe beside SSD without tiers, all as data disks"),
  balanceTcpAs: setting(
    oneOf("balance-tcp", "lacp"),
    "`lacp`: the spelling of balance-tcp, where the site refuses `balance-tcp`",
  ),
  cpuModel: setting(text, "CPU model that virtual machines see; the site's own recommendation unless set", {
    how: "pulumi config set cpuModel <model>",
  }),
};

type Schemas = typeof schemas;
/** The settings of a stack; undefined where one is not set. */
export type Settings = { [K in keyof Schemas]: z.output<Schemas[K]> | undefined };

/** Names and meanings, in Markdown. */
export function settingDocs(): { name: string; doc: string }[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name, doc: schema.description ?? "" }));
}

/**
 * All settings, from the texts of the project's own namespace. Throws RunError with everything that is wrong with any of
 * them, a name that means nothing included; no value of a secret is shown.
 */
export function settingsOf(written: Record<string, string>): Settings {
  const known = Object.keys(schemas);
  const problems = Object.keys(written)
    .filter((name) => !known.includes(name))
    .map((name) => `the stack setting ${unknownName(name, known)} — pulumi config rm ${name}`);
  const read = Object.entries(schemas).map(([name, schema]) => {
    try {
      return [name, readAs(name, schema as z.ZodType, written[name])];
    } catch (error) {
      if (!(error instanceof SitewrightError)) throw error;
      problems.push(error.message);
      return [name, undefined];
    }
  });
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
  return Object.fromEntries(read) as Settings;
}

/** The texts as Pulumi has them, by their bare names; raw, since config.get() warns of a secret. */
export function writtenSettings(): Record<string, string> {
  const own = `${pulumi.getProject()}:`;
  const all = Object.entries(pulumi.runtime.allConfig() as Record<string, string>);
  return Object.fromEntries(
    all.flatMap(([key, value]) => (key.startsWith(own) ? [[key.slice(own.length), value]] : [])),
  );
}

/** Passwords that stand in the settings file for all to read, and log-ins of connections that are near misses. */
export function warnOfCredentials({ credentials }: Settings, planned: string[]): void {
  if (credentials && !secretKeys().includes(`${pulumi.getProject()}:credentials`))
    pulumi.log.warn(
      "the stack setting credentials stands in plain in the settings file: take it out (pulumi config rm credentials) and store the passwords as secrets (npx sitewright plan secrets)",
    );
  for (const name of Object.keys(credentials?.connections ?? {})) {
    const message = planned.includes(name) ? "" : didYouMean(name, planned);
    if (message)
      pulumi.log.warn(`the stack's secrets have a log-in for "${name}", and the plan has no such connection${message}`);
  }
}

/** The keys that Pulumi keeps encrypted, as it tells the program; its SDK reads the same, for itself alone. */
function secretKeys(): string[] {
  return JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
}
