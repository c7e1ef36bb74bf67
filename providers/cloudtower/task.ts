import { z } from "zod";
import { type Batch, createBatch } from "../kernel/batch";
import { TaskFailed } from "../kernel/errors";
import { parseJson } from "../kernel/json";
import { pathTo } from "../kernel/path";
import { words } from "../kernel/words";
import { cloudtower, dropReads, forAll, type TowerCaller } from "./client";

/** As far as it is to be trusted (facts, part B 5A 8): progress may be 0 in the end too, so nothing is told from it. */
const taskRow = z.looseObject({
  id: z.string(),
  status: z.string(),
  progress: z.number().nullish(),
  description: z.string().nullish(),
  error_code: z.string().nullish(),
  error_message: z.string().nullish(),
});
type Task = z.output<typeof taskRow>;

/** Vendor milliseconds between two looks at a task; and at least between two requests, however many tasks are waited for. */
const LOOK = 2_000;
const ROUND = LOOK / 4;

/**
 * Waits for the end of a task, by its id alone; null is one that ended at once. Throws TaskFailed with the vendor's
 * code and words. What it works on may still show an entityAsyncStatus for a while (facts, part B 5A 7).
 */
export async function awaitTask(context: TowerCaller, what: string, taskId: string | null | undefined): Promise<void> {
  if (!taskId) return;
  const look = tasksOf(context);
  await context.wait(
    what,
    async () => {
      const task = await look(taskId);
      if (!task) return { pending: "the task is not listed yet" };
      if (task.status === "SUCCESSED") return { done: true };
      if (task.status === "FAILED") throw failed(what, task);
      return { pending: shown(task) };
    },
    { interval: ROUND, cap: LOOK },
  );
  dropReads(context);
}

/** One request a round for all tasks of a connection that are waited for. */
function tasksOf(context: TowerCaller): Batch<string, Task> {
  const { connection, workspace } = context;
  const caller = forAll(context);
  return workspace.shared(`cloudtower tasks ${connection.name}`, () =>
    createBatch<string, Task>({
      async ask(ids) {
        const where = ids.length === 1 ? { id: ids[0] } : { id_in: ids };
        const tasks = await cloudtower(caller()).list({ what: "tasks", path: pathTo`/get-tasks`, where, row: taskRow });
        return new Map(tasks.map((task) => [task.id, task]));
      },
      gap: ROUND,
      clock: workspace.clock,
    }),
  );
}

function shown({ status, progress, description }: Task): string {
  const percent = progress ? ` ${Math.round(progress * 100)} %` : "";
  const paused = status === "PAUSED" ? ", until somebody lets it go on in CloudTower's task list" : "";
  return `${status}${percent}${description ? ` (${description})` : ""}${paused}`;
}

function failed(what: string, task: Task): TaskFailed {
  const { code, message } = taskError(task);
  const said = words([code, message].filter(Boolean).join(": "));
  return new TaskFailed(
    `${what} has failed: task ${words(task.id, 100)}${said ? ` says ${said}` : " gives no reason"}`,
    "look at the task in CloudTower, put right what it names, then up again",
  );
}

/** The answer of the cluster that CloudTower wraps into a task's error. */
const wrapped = z.looseObject({
  ec: z.string().optional(),
  error: z.looseObject({ msg: z.string().optional() }).nullish(),
});

/**
 * Code and message of a task that has failed. error_message is one text (facts, part B 5A 8):
 * `Cannot unwrap Ok value of Result.Err.\r\ncode: …\r\nmessage: {"ec": …, "error": {"msg": "[…]…"}}`, where the inner
 * code is the one that says what is wrong (5A 9). Any other text is the message as it is, in whatever language.
 */
export function taskError({ error_code, error_message }: Pick<Task, "error_code" | "error_message">): {
  code: string | undefined;
  message: string | undefined;
} {
  const text = error_message?.trim() || undefined;
  const outer = /(?:^|\n)code:\s*(\S+)/.exec(text ?? "")?.[1];
  const inner = /(?:^|\n)message:\s*([\s\S]*)$/.exec(text ?? "")?.[1]?.trim();
  const { ec, msg } = unwrapped(inner);
  const code = ec ?? outer ?? error_code ?? undefined;
  const message = msg ?? inner ?? text;
  return { code, message: message?.replace(`[${code}]`, "").trim() || undefined };
}

function unwrapped(text: string | undefined): { ec?: string | undefined; msg?: string | undefined } {
  try {
    const read = wrapped.safeParse(parseJson(text ?? ""));
    return read.success ? { ec: read.data.ec, msg: read.data.error?.msg } : {};
  } catch {
    return {};
  }
}
