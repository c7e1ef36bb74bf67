import type { z } from "zod";
import { stackSecret } from "./credentials";
import { duration, json, oneOf, parsed, readAs, setting } from "./setting";
import { HOW_TO_SET_TIMEOUTS, timeoutsSchema } from "./timeouts-setting";

/** The settings that the kernel reads; those of a site are in components/settings.ts. */
export const kernelSettings = {
  adopt: setting(
    parsed((text) => (text === "all" ? "all" : names(text)), "it is neither all nor names"),
    "`all`, or names as errors print them: what stands already is taken over; what bears another stack's mark by name alone",
    { how: "pulumi config set adopt all, or a name, or names with commas between them" },
  ),
  trust: setting(oneOf("pinned", "firstUse", "insecure"), "`pinned` (default), `firstUse`, `insecure`"),
  home: setting(
    oneOf("lab", "real"),
    "`lab` or `real`: what the stack may speak to; unless set, it stays with what it has met first",
  ),
  timeouts: setting(
    json(timeoutsSchema),
    "`{ Cluster: { create: 3h } }`: longest time of an operation by kind (`pulumi config set --path timeouts.Cluster.create 3h`); kinds that share a name are told apart by their type: `--path 'timeouts[\"smtxos:NtpServers\"].create'`",
    { how: HOW_TO_SET_TIMEOUTS },
  ),
  requestTimeout: setting(duration as z.ZodType<number, string>, "longest time of one request, `10s` unless set", {
    how: "pulumi config set requestTimeout 30s",
  }),
  credentials: setting(
    parsed(stackSecret),
    "secret; log-ins by connection, as `plan secrets` writes them: `{ connections: { <connection>: { username, password } } }`",
    { secret: true, how: "npx sitewright plan secrets" },
  ),
};

type Settings = typeof kernelSettings;

/** The value of a setting of the kernel, from its text; undefined where it is not set. Throws BadSetting. */
export function readSetting<K extends keyof Settings>(
  name: K,
  config: (key: string) => string | undefined,
): z.output<Settings[K]> | undefined {
  return readAs(name, kernelSettings[name] as z.ZodType, config(name)) as z.output<Settings[K]> | undefined;
}

/** The names of the setting `adopt`: `A, B`, or a list (`pulumi config set --path 'adopt[0]' …`). */
function names(text: string): string[] {
  const all: unknown = text.startsWith("[") ? JSON.parse(text) : text.split(",").map((each) => each.trim());
  if (Array.isArray(all) && all.every((each) => typeof each === "string" && each !== "")) return all;
  throw new Error();
}
