import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Seeded, seeded } from "./random";
import type { SiteStage } from "./stage/site-stage";
import { writeWhole } from "./write-whole";

/** The site as it stands, all of it; saved after each change. Each system adds what it keeps from its own folder (`declare module`). */
export interface Model {
  /** Of this file; see FORMAT. */
  format: number;
  seed: string;
  /** Site time when it was last saved. */
  time: number;
  /** To which `lab start --stage` has brought it. */
  stage?: SiteStage;
  /** How many ids each name has had. */
  ids: Record<string, number>;
  ports: Record<string, number>;
}

/** Counts up when a kept site would be misread. */
const FORMAT = 5;

export interface ModelFile {
  model: Model;
  ids: Seeded;
  /** Writes the site once all that this turn of the process does has changed it. Resolves when it is on disk. */
  save(): Promise<void>;
  /** The site as it was last written, as JSON. */
  readonly written: string;
}

/**
 * The model kept in a folder, or a new one. `seeds` give a model, a new one or one that was kept, what it must have of
 * each system.
 */
export function openModel(folder: string, seed: string, seeds: ((model: Model) => void)[]): ModelFile {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "state.json");
  const model = readModel(file) ?? freshModel(seed);
  for (const add of seeds) add(model);
  let written = "";
  function write(): void {
    written = JSON.stringify(model);
    writeWhole(file, written);
  }
  write();
  let saving: Promise<void> | undefined;
  return {
    model,
    ids: seeded(model.seed),
    save() {
      // One request may change a site hundreds of times, and a site of thousands of machines takes its time to write.
      saving ??= Promise.resolve().then(() => {
        saving = undefined;
        write();
      });
      return saving;
    },
    get written() {
      return written;
    },
  };
}

function readModel(file: string): Model | undefined {
  try {
    const model = JSON.parse(readFileSync(file, "utf8")) as Model;
    if (model.format !== FORMAT) throw new Error("another version of the lab wrote it");
    return model;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(
      `the lab's state ${file} cannot be used (${(error as Error).message}); remove its folder to begin anew`,
    );
  }
}

function freshModel(seed: string): Model {
  // What the systems have from the start their seeds add.
  return { format: FORMAT, seed, time: Date.UTC(2026, 0, 1), ids: {}, ports: {} } as Model;
}
