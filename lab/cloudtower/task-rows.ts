import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { type Entry, entry } from "./row";
import { standingIn } from "./standing";
import { taskStatus, WAITS } from "./task-end";
import { iso } from "./time";
import type { LabTask, LabTower } from "./tower-model";

export const doneProgress = oneOf(
  "doneProgress",
  [1, 0],
  "`progress` of a task that has ended well.",
  "a task that had ended well was captured at 0, where 1 is to be expected (facts, part B 5A 8)",
);

/** All tasks, oldest first. */
export function taskEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.tasks.map((task) =>
    entry({ id: task.id, resource_id: task.resource.id }, () => {
      const status = taskStatus(task, site.now);
      const user = tower.users.find(({ id }) => id === task.user);
      const cluster = tower.clusters.find(({ id }) => id === task.change.cluster);
      return {
        args: task.args,
        cluster: cluster ? { id: cluster.id, name: standingIn(site, cluster)?.name ?? cluster.ip } : null,
        description: task.description,
        ...errorOf(task),
        finished_at: task.ended ? iso(task.ended.at) : null,
        internal: false,
        key: null,
        local_created_at: iso(task.createdAt),
        progress: progressOf(site, status),
        resource_mutation: task.mutation,
        resource_rollback_error: null,
        resource_rollback_retry_count: null,
        resource_rollbacked: null,
        resource_type: task.resource.type,
        snapshot: JSON.stringify({ typename: task.resource.type }),
        started_at: status === "PENDING" ? null : iso(task.createdAt + WAITS),
        status,
        steps: [],
        type: "RESOLVER",
        user: user ? { id: user.id, name: user.username } : null,
      };
    }),
  );
}

/** A real task that had ended well was captured at 0 (facts, part B 5A 8). */
function progressOf({ switches }: SiteState, status: ReturnType<typeof taskStatus>): number {
  if (status === "SUCCESSED") return switches.of(doneProgress);
  return status === "PENDING" ? 0 : 0.5;
}

/** The vendor's way to put an error into one text (facts, part B 5A 8). */
function errorOf({ ended, failure, mutation, ec }: LabTask) {
  if (ended?.status !== "FAILED") return { error_code: null, error_message: null };
  const code = `${mutation.replaceAll(/([A-Z])/g, "_$1").toUpperCase()}_FAILED`;
  const answer = JSON.stringify({ data: {}, ec: ec ?? code, error: { msg: `[${ec ?? code}]${failure ?? ""}` } });
  const message = `Cannot unwrap Ok value of Result.Err.\r\ncode: ${code}\r\nmessage: ${answer}`;
  return { error_code: null, error_message: message };
}
