import type { z } from "zod";
import { BadAnswer } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { fisheye } from "./client";
import { awaitJob, jobStarted } from "./job";
import { isNoCall } from "./unread";

interface SettingCall {
  /** What it is, as in "Unable to read …": `the DNS servers of HCI-01`. */
  what: string;
  path: Path;
}

/**
 * A setting as it stands, by GET of the path that the documents show the writing call of. No document shows this GET:
 * where the site has none, or answers in another shape, it cannot be observed (undefined), and drift is not claimed. So
 * `schema` must want the keys that tell the setting.
 */
export async function readSetting<T>(
  context: Context,
  { what, path, schema }: SettingCall & { schema: z.ZodType<T> },
): Promise<T | undefined> {
  try {
    const { data } = await fisheye(context).request({
      operation: `read ${what}`,
      method: "GET",
      path,
      signal: context.signal,
    });
    return schema.safeParse(data).data;
  } catch (error) {
    // A front end may answer a path that it does not know with its own page.
    if (isNoCall(error) || error instanceof BadAnswer) return undefined;
    throw error;
  }
}

/** Sets it, and waits for the job where the answer names one (DNS, NTP; the documents show none for the VIP). */
export async function writeSetting(context: Context, { what, path, body }: SettingCall & { body: unknown }) {
  const { data } = await fisheye(context).request({
    operation: `set ${what}`,
    method: "PUT",
    path,
    body,
    signal: context.signal,
  });
  const started = jobStarted.safeParse(data);
  if (started.success) await awaitJob(context, `setting ${what}`, started.data.job_id);
}
