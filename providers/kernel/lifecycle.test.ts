import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Call } from "./call";
import { connectionSchema } from "./connection";
import { NotFound, TaskFailed } from "./errors";
import { manualClock } from "./fixtures/manual-clock.fixture";
import { openJournal } from "./journal";
import { lifecycle } from "./lifecycle";
import { Discarded, type Kind, type ObjectKind } from "./resource";
import { HalfMade, type State } from "./state";
import { createTeller } from "./teller";

const inputs = z.strictObject({ connection: connectionSchema, name: z.string().describe("name") });
const wanted = { connection: { name: "site", addresses: ["site"] }, name: "box" };

/** Boxes of a site, made half: `sync` does to one what the test says. */
let boxes: string[];
let asked: string[];
let sync: (id: string) => void;

const kind = {
  type: "store:Box",
  sort: "object",
  doc: "A box.",
  inputs,
  outputs: z.strictObject({}),
  key: ({ name }) => name,
  find: async () => boxes.map((id) => ({ id })),
  async create(context) {
    const id = `box-${asked.push("create")}`;
    boxes.push(id);
    context.checkpoint(id);
    return id;
  },
  async sync(_context, id) {
    asked.push(`sync ${id}`);
    sync(id);
    return {};
  },
  async read(_context, id) {
    asked.push(`read ${id}`);
    return boxes.includes(id) ? { inputs: {}, outputs: {} } : undefined;
  },
  async delete(_context, id) {
    asked.push(`delete ${id}`);
    boxes = boxes.filter((each) => each !== id);
    return "gone";
  },
} satisfies ObjectKind<typeof inputs>;

describe("an object that an update had to make anew", () => {
  let call: Call;
  const cycle = lifecycle(kind as unknown as Kind);
  const fails = () => {
    throw new TaskFailed("the site is full");
  };
  /** What the engine keeps of a creation or an update that failed: of an update, the id that it had before. */
  const failing = async (work: Promise<State>): Promise<HalfMade> => {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof HalfMade)) throw new Error("it has not left anything half made");
    return error;
  };

  beforeEach(() => {
    boxes = [];
    asked = [];
    const file = join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl");
    call = callOf(openJournal(file));
  });

  async function halfMadeAnew(): Promise<State> {
    sync = fails;
    const first = await failing(cycle.create(call, wanted));
    const prior: State = { id: first.id, fields: first.fields, phase: first.phase, claim: first.claim };
    sync = (id) => {
      if (id !== prior.id) fails();
      boxes = [];
      throw new Discarded(new NotFound("it is of no use"));
    };
    await failing(cycle.update(call, prior, wanted));
    asked = [];
    return prior;
  }

  test("is known by its new id to the next update, read and delete, though the engine has the old one", async () => {
    const prior = await halfMadeAnew();
    const [id] = boxes;
    expect(id).not.toBe(prior.id);
    expect(await cycle.read(call, prior)).toBeDefined();
    sync = () => {};
    await cycle.update(call, prior, wanted);
    await cycle.delete(call, { ...prior, phase: undefined });
    expect(asked).toEqual([`read ${id}`, `sync ${id}`, `delete ${id}`]);
    expect(boxes).toEqual([]);
  });

  test("is known by it where the state, as one of the first releases, has no claim", async () => {
    const prior = { ...(await halfMadeAnew()), claim: undefined };
    expect(await cycle.read(call, prior)).toBeDefined();
    expect(await cycle.read({ ...call, urn: `${call.urn}-other` }, prior)).toBeUndefined();
  });

  test("is known by it after a change of its name that a kill has cut", async () => {
    const prior = await halfMadeAnew();
    const [id] = boxes;
    sync = fails;
    await failing(cycle.update(call, prior, { ...wanted, name: "case" }));
    asked = [];
    expect(await cycle.read(call, prior)).toBeDefined();
    expect(asked).toEqual([`read ${id}`]);
  });

  test("is looked for by the id of the state where the journal is lost", async () => {
    const prior = await halfMadeAnew();
    const elsewhere = join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl");
    expect(await cycle.read(callOf(openJournal(elsewhere)), prior)).toBeUndefined();
    expect(asked).toEqual([`read ${prior.id}`]);
  });
});

function callOf(journal: Call["workspace"]["journal"]): Call {
  const nothing = () => {};
  return {
    urn: "urn:pulumi:dev::project::store:Box::box",
    log: { progress: nothing, info: nothing, warn: nothing },
    adopt: [],
    known: false,
    timeouts: {},
    workspace: {
      clock: manualClock(),
      journal,
      connect: (connection: unknown) => connection,
      writers: { claim: async () => nothing },
      teller: createTeller(),
      transport: { trust: { keep: nothing } },
    },
  } as unknown as Call;
}
