import { z } from "zod";
import { TaskFailed } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { words } from "../kernel/words";
import { fisheye } from "./client";

/** `data.job` of GET /api/v2/jobs/{id} (runbook, stage 03 查询VDS创建状态). */
const jobSchema = z.looseObject({
  job: z.looseObject({
    state: z.string(),
    description: z.string().nullish(),
    error_code: z.string().nullish(),
    resources: z.record(z.string(), z.looseObject({ type: z.string().nullish() })).nullish(),
  }),
});
type Job = z.output<typeof jobSchema>["job"];

/** What a call that starts a job answers. */
export const jobStarted = z.looseObject({ job_id: z.string().min(1) });

/** Vendor milliseconds between two looks at a job. */
const LOOK = 2_000;

/**
 * Waits for the end of a job: pending, processing, done or failed (facts, part B 5B 5). Throws TaskFailed with the
 * vendor's words. `seen` is called with each look at it: a resource's uuid is there while it is still pending.
 */
export async function awaitJob(
  context: Context,
  what: string,
  jobId: string,
  seen: (job: Job) => void = () => {},
): Promise<Job> {
  return context.wait<Job>(
    what,
    async () => {
      const { data } = await fisheye(context).request({
        operation: `ask ${context.connection.name} for job ${jobId} (${what})`,
        method: "GET",
        path: pathTo`/api/v2/jobs/${jobId}`,
        schema: jobSchema,
        signal: context.signal,
      });
      const { job } = data;
      seen(job);
      if (job.state === "done") return { done: job };
      if (job.state === "failed") throw failed(what, jobId, job);
      return { pending: job.state };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

function failed(what: string, jobId: string, job: Job): TaskFailed {
  const { error_code: code, error, message } = job;
  const said = words([code, error, message].flatMap((each) => wordsOf(each) ?? []).join(", "));
  return new TaskFailed(
    `${what} has failed: job ${words(jobId, 100)}${said ? ` says ${said}` : " gives no reason"}`,
    "look at the job in Fisheye's task list, put right what it names, then up again",
  );
}

/** An error as an envelope has it, `{ ec, msg }`, or whatever else stands there. */
function wordsOf(error: unknown): string | undefined {
  if (error === undefined || error === null || error === "") return undefined;
  if (typeof error === "string") return error;
  const envelope = z.object({ ec: z.string(), msg: z.string() }).safeParse(error);
  return envelope.success ? `${envelope.data.ec}: ${envelope.data.msg}` : JSON.stringify(error);
}

/** The uuids of a job's resources of a type, such as NETWORK_VDS. */
export function resourcesOf(job: Job, type: string): string[] {
  return Object.entries(job.resources ?? {})
    .filter(([, resource]) => resource.type === type)
    .map(([uuid]) => uuid);
}
