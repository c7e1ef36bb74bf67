import { z } from "zod";
import { pathTo } from "../kernel/path";
import { cloudtower } from "./client";
import { COMMITS_WITHIN } from "./settle";
import type { VmChange } from "./vm-change";

const taskRow = z.looseObject({
  id: z.string(),
  description: z.string().nullish(),
  resource_mutation: z.string().nullish(),
});
type VmTask = z.output<typeof taskRow>;

function listed({ context }: VmChange, where: Record<string, unknown>): Promise<VmTask[]> {
  return cloudtower(context).list({ what: "tasks", path: pathTo`/get-tasks`, where, row: taskRow });
}

/** The machine's tasks, as long as CloudTower lists them. */
export function tasksOf(change: VmChange): Promise<VmTask[]> {
  return listed(change, { resource_id: change.id });
}

/** A task that was answered to a request, once it is listed; undefined: CloudTower has it no more. */
export function taskById(change: VmChange, id: string): Promise<VmTask | undefined> {
  return change.context.wait<VmTask | undefined>(
    `task ${id} to be listed`,
    async (elapsed) => {
      const [task] = await listed(change, { id });
      return task || elapsed >= COMMITS_WITHIN ? { done: task } : { pending: "it is not" };
    },
    { interval: 1_000, cap: 5_000 },
  );
}

/** What a task is called is documented nowhere; its words say what it does, apart from the machine's own name. */
export function says(words: RegExp, { seen, wanted }: Pick<VmChange, "seen" | "wanted">) {
  const names = [seen.row.name, wanted.name];
  return ({ description, resource_mutation }: Partial<Pick<VmTask, "description" | "resource_mutation">>): boolean => {
    const said = names.reduce((text, name) => text.replaceAll(name, ""), description ?? "");
    return words.test(`${resource_mutation ?? ""} ${said}`);
  };
}
