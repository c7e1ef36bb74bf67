import { TaskFailed } from "../kernel/errors";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { isAnswerLost, reasonOf } from "../kernel/wire-errors";
import { cloudtower, oneOrMany, started } from "./client";
import { awaitTask } from "./task";
import type { VmInputs } from "./vm-inputs";
import { type SeenVm, settledVm } from "./vm-seen";

/** A change of a machine, one after another: a task each, and the machine as it stands after it. */
export class VmChange {
  seen: SeenVm;
  readonly context: Context;
  readonly wanted: VmInputs;

  constructor(context: Context, wanted: VmInputs, seen: SeenVm) {
    this.context = context;
    this.wanted = wanted;
    this.seen = seen;
  }

  get id(): string {
    return this.seen.row.id;
  }

  /**
   * Writes, waits for the task and looks again. `what` is what it does: `growing disk a`. A write whose answer is lost is
   * not sent again: the machine is looked at, and whoever compares it with the plan goes on from there.
   */
  async write(what: string, path: Path, body: object): Promise<void> {
    const { context, seen } = this;
    const of = `${what} of machine ${seen.row.name}`;
    context.progress(of);
    try {
      const answers = await cloudtower(context).write({ operation: of, path, body, schema: oneOrMany(started) });
      for (const { task_id } of answers ?? []) await awaitTask(context, of, task_id);
    } catch (error) {
      if (!isAnswerLost(error)) throw error;
      await this.#untilTaken(of);
    }
    await this.look();
  }

  /** As `write`, for what the machine does not stand any more after. */
  async leave(what: string, path: Path): Promise<void> {
    const { context, seen } = this;
    const of = `${what} of machine ${seen.row.name}`;
    context.progress(of);
    const schema = oneOrMany(started);
    const body = { where: { id: this.id } };
    const answers = await cloudtower(context).write({ operation: of, path, body, schema, idempotent: true });
    for (const { task_id } of answers ?? []) await awaitTask(context, of, task_id);
  }

  async look(): Promise<void> {
    this.seen = await settledVm(this.context, this.id, this.wanted);
  }

  /** Waits as long as a request whose answer was lost may still be on its way, or what it has set going. */
  async #untilTaken(of: string): Promise<void> {
    await this.context.wait<void>(
      `what ${of} has done, whose answer was lost`,
      async (elapsed) => (elapsed >= COMMITS_WITHIN ? { done: undefined } : { pending: "it may still be on its way" }),
      { interval: 1_000, cap: 5_000 },
    );
  }

  /** Stops it by way of its guest, or, where that fails and the plan allows it, by its switch. */
  async stop(): Promise<void> {
    if (this.seen.row.status === "STOPPED") return;
    const where = { id: this.id };
    try {
      await this.write("shutting down the guest", pathTo`/shutdown-vm`, { where });
    } catch (error) {
      if (!(error instanceof TaskFailed)) throw error;
      if (!this.wanted.forceStop)
        throw new TaskFailed(reasonOf(error), "shut the guest down by hand, or set forceStop, then up again");
      await this.look();
    }
    if (this.seen.row.status === "STOPPED") return;
    const { name, status } = this.seen.row;
    if (!this.wanted.forceStop)
      throw new TaskFailed(
        `machine ${name} is ${status} though its guest was shut down`,
        "shut it down by hand, or set forceStop, then up again",
      );
    this.context.info(`the guest of machine ${name} does not shut down, so it is switched off (forceStop)`);
    await this.write("switching off", pathTo`/poweroff-vm`, { where });
  }

  async start(): Promise<void> {
    if (this.seen.row.status !== "RUNNING") await this.write("starting", pathTo`/start-vm`, { where: { id: this.id } });
  }
}

/** Vendor milliseconds after which a request whose answer was lost is taken to have come to nothing, or to have ended. */
const COMMITS_WITHIN = 20_000;
