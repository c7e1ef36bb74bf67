import { BadAnswer, PlanConflict, Refused, TaskFailed } from "../kernel/errors";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { onceThereIsRoom } from "../kernel/room";
import { isAnswerLost, reasonOf } from "../kernel/wire-errors";
import { cloudtower, oneOrMany, started } from "./client";
import { inNeedOfRoom } from "./room";
import { COMMITS_WITHIN } from "./settle";
import { awaitTask } from "./task";
import type { VmInputs } from "./vm-inputs";
import { type SeenVm, seenVm, settledVm } from "./vm-seen";

type Power = VmInputs["status"];

/**
 * A machine that is brought to the plan by one write after another, each with a task: what it is like after the last
 * one.
 */
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
   * Writes, waits for the task and looks again; whether it was answered. `what` is as in "Unable to …": `grow disk a`. A
   * write whose answer is lost is not sent again: the machine is looked at, and whoever compares it with the plan goes on
   * from there. `answered` gets the task before it is waited for.
   */
  async write(what: string, path: Path, body: object, answered?: (task: string) => void): Promise<boolean> {
    let isAnswered = true;
    try {
      await this.#send(what, path, body, { answered });
    } catch (error) {
      if (!isAnswerLost(error)) throw error;
      isAnswered = false;
      // As long as it may still be on its way, or what it has set going.
      await this.context.wait<void>(
        `what the request to ${what} has done, whose answer was lost`,
        async (elapsed) => (elapsed >= COMMITS_WITHIN ? { done: undefined } : { pending: "it may be on its way" }),
        { interval: 1_000, cap: 5_000 },
      );
    }
    await this.look();
    return isAnswered;
  }

  /** A write of what CloudTower does not show, and of which the same twice is no change: sent again where its answer is lost. */
  async writeUnseen(what: string, path: Path, body: object): Promise<void> {
    await this.#send(what, path, body, { idempotent: true });
    await this.look();
  }

  /** A write after which the machine is no more. One that was sent twice is refused the second time, and that is well. */
  async writeLast(what: string, path: Path): Promise<void> {
    try {
      await this.#send(what, path, { where: { id: this.id } }, { idempotent: true });
    } catch (error) {
      if (!(error instanceof Refused) || (await seenVm(this.context, this.id, this.wanted.cluster))) throw error;
    }
  }

  async #send(
    what: string,
    path: Path,
    body: object,
    {
      idempotent = false,
      answered = () => {},
    }: { idempotent?: boolean; answered?: ((task: string) => void) | undefined },
  ): Promise<void> {
    const { context, seen } = this;
    const operation = `${what} of machine ${seen.row.name}`;
    context.progress(operation);
    const schema = oneOrMany(started);
    const answers = await cloudtower(context).write({ operation, path, body, schema, idempotent });
    for (const { task_id } of answers ?? []) if (task_id) answered(task_id);
    for (const { task_id } of answers ?? []) await awaitTask(context, operation, task_id);
  }

  async look(): Promise<void> {
    this.seen = await settledVm(this.context, this.id, this.wanted);
  }

  /** Throws PlanConflict for a machine that is neither running nor stopped, nor suspended. */
  assertPower(): void {
    const { name, status } = this.seen.row;
    if (["RUNNING", "STOPPED", "SUSPENDED"].includes(status)) return;
    throw new PlanConflict(`machine ${name} is ${status}`, "start or stop it in CloudTower, then up again");
  }

  async suspend(): Promise<void> {
    if (this.seen.row.status !== "SUSPENDED") await this.#surely("suspend", pathTo`/suspend-vm`, "SUSPENDED");
  }

  /** Has one that is suspended run again. */
  async resume(): Promise<void> {
    if (this.seen.row.status !== "SUSPENDED") return;
    await this.#onceThereIsRoom(() => this.#resumeNow());
  }

  #resumeNow(): Promise<void> {
    return this.#surely("resume", pathTo`/resume-vm`, "RUNNING");
  }

  /** Stops it as the plan lets it be stopped. */
  stopAsPlanned(): Promise<void> {
    return this.stop(this.wanted.forceStop, "shut the guest down by hand, or set forceStop, then up again");
  }

  /** Stops it by way of its guest, or, where that fails and `force` says so, by its switch. */
  async stop(force: boolean, otherwise: string): Promise<void> {
    if (this.seen.row.status === "STOPPED") return;
    this.assertPower();
    try {
      // A guest that is suspended does not shut down. Where its power may be cut, no room is waited for.
      if (force && this.seen.row.status === "SUSPENDED") await this.#resumeNow();
      else await this.resume();
      // A guest that may never have been asked is asked once more, before its power is cut.
      for (let times = 0; times < 2 && this.seen.row.status !== "STOPPED"; times++)
        if (await this.#power("shut down the guest", pathTo`/shutdown-vm`, "STOPPED")) break;
    } catch (error) {
      if (!(error instanceof TaskFailed)) throw error;
      if (!force) throw new TaskFailed(reasonOf(error), otherwise);
      await this.look();
    }
    const { name, status } = this.seen.row;
    if (status === "STOPPED") return;
    if (!force) throw new TaskFailed(`machine ${name} is ${status} though its guest was shut down`, otherwise);
    const why =
      status === "SUSPENDED" ? `machine ${name} is not resumed` : `the guest of machine ${name} does not shut down`;
    this.context.info(`${why}, so it is switched off`);
    await this.#power("switch off the power", pathTo`/poweroff-vm`, "STOPPED");
  }

  /** Starts it, on a host where one is given; one that runs on another host is moved. */
  async start(host?: { id: string; name: string }): Promise<void> {
    const data = host && { host_id: host.id };
    await this.resume();
    if (this.seen.row.status !== "RUNNING")
      await this.#onceThereIsRoom(() =>
        this.#surely("switch on the power", pathTo`/start-vm`, "RUNNING", data && { data }),
      );
    else if (host && this.seen.row.host?.name !== host.name)
      await this.write(`move to host ${host.name}`, pathTo`/migrate-vm`, { where: { id: this.id }, data });
  }

  #onceThereIsRoom(work: () => Promise<void>): Promise<void> {
    return onceThereIsRoom(this.context, `machine ${this.seen.row.name}`, () => inNeedOfRoom(work, () => this.look()));
  }

  /** A change of power; a machine that may never have been asked is asked once more. */
  async #surely(what: string, path: Path, to: Power, more?: object): Promise<void> {
    for (let times = 0; times < 2; times++) if (await this.#power(what, path, to, more)) return;
    throw new BadAnswer(`CloudTower does not answer to the request to ${what} of machine ${this.seen.row.name}`);
  }

  /** A change of power. Refused where somebody, or something, has brought it to that since the last look: that is well. */
  async #power(what: string, path: Path, to: Power, more: object = {}): Promise<boolean> {
    try {
      return (await this.write(what, path, { where: { id: this.id }, ...more })) || this.seen.row.status === to;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.look();
      if (this.seen.row.status !== to) throw error;
      return true;
    }
  }
}
