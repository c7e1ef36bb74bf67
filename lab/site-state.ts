import type { Model, ModelFile } from "./model";
import type { Seeded } from "./random";
import type { SiteOptions } from "./site-options";
import type { SiteTime } from "./site-time";
import type { SwitchStates } from "./switch";

/** What a site consists of. */
export interface SiteParts {
  file: ModelFile;
  time: SiteTime;
  switches: SwitchStates;
  /** What it was made from. */
  options: SiteOptions;
  /** Each brings the model to this moment, as far as one system goes. */
  advances: readonly ((site: SiteState) => void)[];
  /** Sites of other labs whose clusters its CloudTower reaches too. */
  neighbours: readonly SiteState[];
}

/** The living site: its model, which every call reads and changes, and its time. It knows no system by name. */
export class SiteState {
  private readonly listeners: (() => Promise<void>)[] = [];

  /** Ends once the last change is on disk, and what it brought up or took down is so. */
  settled: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: SiteParts,
    /** Beside the site: ids made here are none that the site itself gives later. */
    private readonly aside = false,
  ) {}

  get model(): Readonly<Model> {
    return this.parts.file.model;
  }

  /** The model before what this turn of the process has changed. */
  get past(): () => Model {
    const { written } = this.parts.file;
    return () => JSON.parse(written);
  }

  get switches(): SwitchStates {
    return this.parts.switches;
  }

  get options(): SiteOptions {
    return this.parts.options;
  }

  get neighbours(): readonly SiteState[] {
    return this.parts.neighbours;
  }

  get now(): number {
    return this.parts.time.now;
  }

  /** Whether work that is due at a moment of the site's time is done: with `instant` at the first look. */
  isDue(moment: number): boolean {
    return this.parts.time.isDue(moment);
  }

  /** So many minutes of the site's time go by at once. */
  pass(minutes: number): void {
    this.parts.time.pass(minutes);
  }

  /** Resolves at a moment of the site's time or at the next change before it; rejects when it is aborted. */
  until(moment: number, signal: AbortSignal): Promise<void> {
    return this.parts.time.until(moment, signal);
  }

  /** What ids of its seed are made with, of what the site has one of. */
  get ids(): Seeded {
    return this.parts.file.ids;
  }

  /** A new id for something of this name: the same in every site of one seed, whatever else is made meanwhile. */
  id(name: string): string {
    const { ids } = this.parts.file.model;
    const count = (ids[name] ?? 0) + 1;
    ids[name] = count;
    return this.ids.uuid(`${this.aside ? "aside " : ""}${name} ${count}`);
  }

  /** An id of what the site has one of. */
  fixedId(name: string): string {
    return this.ids.uuid(name);
  }

  /** As id and fixedId, in the form of CloudTower's ids. */
  cuid(name: string): string {
    return this.ids.cuid(this.id(name));
  }

  fixedCuid(name: string): string {
    return this.ids.cuid(name);
  }

  mac(name: string): string {
    return this.ids.mac(name);
  }

  /** The same site in its own time on a copy of a model: what changes there is neither kept nor seen by anybody. */
  apart(model: Model): SiteState {
    const file = { model: structuredClone(model), ids: this.ids, save: () => Promise.resolve(), written: "" };
    const neighbours = this.neighbours.map((each) => each.apart(each.model));
    return new SiteState({ ...this.parts, file, time: this.parts.time.apart(), neighbours }, true);
  }

  /** Every change goes through here, so that it is on disk before it is answered. */
  change(change: (model: Model) => void): void {
    const { file, time } = this.parts;
    change(file.model);
    file.model.time = time.now;
    this.settled = Promise.all([file.save(), ...this.listeners.map((listener) => listener())]);
    // Whoever waits for it learns that it failed; of several changes in a turn only the last is waited for.
    this.settled.catch(() => {});
    time.changed();
  }

  onChange(listener: () => Promise<void>): void {
    this.listeners.push(listener);
  }

  /** Brings the model to this moment: what was under way may have ended. */
  advance(): void {
    for (const advance of this.parts.advances) advance(this);
  }
}
