import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Call } from "./call";
import { connectionSchema } from "./connection";
import { NotFound, Refused, TaskFailed } from "./errors";
import { manualClock } from "./fixtures/manual-clock.fixture";
import { openJournal } from "./journal";
import { lifecycle } from "./lifecycle";
import { type Context, Discarded, type Kind, NoRoom, type ObjectKind } from "./resource";
import { UNKNOWN } from "./schema";
import { HalfMade, type State } from "./state";
import { createTeller } from "./teller";

const inputs = z.strictObject({ connection: connectionSchema, name: z.string().describe("name") });
const wanted = { connection: { name: "site", addresses: ["site"] }, name: "box" };

/** Boxes of a site, made half: `sync` does to one what the test says. */
let boxes: string[];
let asked: string[];
let sync: (id: string) => void;
/** Whether the answers to creations never come, as where the run is killed. */
let isCut: boolean;

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
    if (isCut) return new Promise(() => {});
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
    isCut = false;
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

  test("is known by it where not even the entry of its new name was written any more", async () => {
    const prior = await halfMadeAnew();
    const [id] = boxes;
    const { journal } = call.workspace;
    let entries = 0;
    const append = (entry: Parameters<typeof journal.append>[0]) => {
      entries += 1;
      if (entries > 1) throw new Error("the disk is full");
      journal.append(entry);
    };
    sync = () => {};
    const full = callOf({ ...journal, append });
    await expect(cycle.update(full, prior, { ...wanted, name: "case" })).rejects.toThrow("the disk is full");
    asked = [];
    expect(await lifecycle(kind as unknown as Kind).read(call, prior)).toBeDefined();
    expect(asked).toEqual([`read ${id}`]);
  });

  test("is found and finished after a kill between its creating write and the answer", async () => {
    sync = fails;
    const first = await failing(cycle.create(call, wanted));
    const prior: State = { id: first.id, fields: first.fields, phase: first.phase, claim: first.claim };
    const cut = new Promise<void>((resolve) => {
      sync = () => {
        boxes = [];
        isCut = true;
        resolve();
        throw new Discarded(new NotFound("it is of no use"));
      };
    });
    void cycle.update(call, prior, wanted);
    await cut;
    await vi.waitFor(() => expect(boxes).toHaveLength(1));
    const [id] = boxes;
    isCut = false;
    asked = [];
    sync = () => {};
    const next = lifecycle(kind as unknown as Kind);
    expect(await next.update(call, prior, wanted)).toMatchObject({ id });
    expect(asked).toEqual([`sync ${id}`]);
  });

  test("is looked for by the id of the state where the journal is lost", async () => {
    const prior = await halfMadeAnew();
    const elsewhere = join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl");
    expect(await cycle.read(callOf(openJournal(elsewhere)), prior)).toBeUndefined();
    expect(asked).toEqual([`read ${prior.id}`]);
  });
});

describe("a creation that the site has no room for", () => {
  const key = { kind: kind.type, connection: "site", key: "box" };
  let from: string;
  /** What the creating writes come to, one after another. */
  let writes: ((checkpoint: (id: string) => void) => Promise<string>)[];
  const full = async (checkpoint: (id: string) => void): Promise<string> => {
    checkpoint("box-1");
    throw new NoRoom(new TaskFailed("no space"));
  };
  const cycle = lifecycle({
    ...kind,
    madeFrom: () => ({ from }),
    create: (context: Context) => (writes.length > 1 ? writes.shift() : writes[0])?.(context.checkpoint),
  } as unknown as Kind);
  let call: Call;

  beforeEach(() => {
    boxes = [];
    asked = [];
    from = "a";
    sync = () => {};
    call = callOf(openJournal(join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl")));
  });

  test("is announced anew before each further write, with what it is made from", async () => {
    const { journal } = call.workspace;
    const cut = new Promise((resolve) => {
      writes = [full, async () => new Promise<string>(() => resolve(undefined))];
    });
    void cycle.create(call, wanted);
    await cut;
    expect(journal.last(key)).toMatchObject({ stage: "intended", memo: { from: "a" } });
    expect(journal.last(key)).not.toHaveProperty("id");
    expect(journal.holder({ ...key, id: "box-1" })).toMatchObject({ stage: "gone" });
  });

  test.each([
    ["is refused in the end", async () => Promise.reject(new Refused("no such network", { status: 400 })), "gone"],
    [
      "meets a gateway that does not answer",
      async () => Promise.reject(new Refused("502", { status: 502 })),
      "intended",
    ],
  ])("leaves nothing of the object that was removed where a further write %s", async (_what, write, stage) => {
    writes = [full, write];
    const error: unknown = await cycle.create(call, wanted).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(call.workspace.journal.last(key)?.stage).toBe(stage);
  });

  test("is not made beside one that somebody else has made meanwhile", async () => {
    writes = [
      async () => {
        boxes = ["theirs"];
        throw new NoRoom(new TaskFailed("no space"));
      },
      async () => "box-2",
    ];
    await expect(cycle.create(call, wanted)).rejects.toThrow(
      /stands by now .*\(id theirs\): somebody else has made one/,
    );
    expect(writes).toHaveLength(1);
    expect(call.workspace.journal.last(key)?.stage).toBe("gone");
  });

  test("fails with the vendor's words where there is none in the end, and nothing is begun", async () => {
    writes = [full];
    await expect(cycle.create(call, wanted)).rejects.toThrow("no space");
    expect(call.workspace.journal.last(key)?.stage).toBe("gone");
  });
});

describe("what is noted beside an object", () => {
  test("goes along with it where it is given another name", async () => {
    const call = callOf(openJournal(join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl")));
    boxes = [];
    asked = [];
    const memos: unknown[] = [];
    const cycle = lifecycle({
      ...kind,
      async sync(context: Context, id: string, { name }: { name: string }) {
        memos.push(context.memo);
        if (name !== "box") context.note({ done: name });
        sync(id);
        return {};
      },
    } as unknown as Kind);
    sync = () => {};
    const state = await cycle.create(call, wanted);
    sync = () => {
      throw new TaskFailed("a later step");
    };
    await expect(cycle.update(call, state, { ...wanted, name: "case" })).rejects.toThrow("a later step");
    sync = () => {};
    await cycle.update(call, state, { ...wanted, name: "chest" });
    expect(memos).toEqual([undefined, undefined, { done: "case" }]);
    expect(call.workspace.journal.last({ kind: kind.type, connection: "site", key: "chest" })).toMatchObject({
      stage: "standing",
      memo: { done: "chest" },
    });
  });
});

describe("a state without a claim, as of the first releases, whose journal has another id under its name", () => {
  const key = { kind: kind.type, connection: "site", key: "box" };
  const cycle = lifecycle(kind as unknown as Kind);
  const prior: State = { id: "box-now", fields: wanted };

  /** What is done where the journal, older than the state or of another stack, has this resource of the name. */
  function callWith(urn: string): Call {
    const journal = openJournal(join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl"));
    journal.append({ ...key, stage: "standing", urn, id: "box-other" });
    boxes = ["box-now", "box-other"];
    asked = [];
    return callOf(journal);
  }

  test.each([
    ["of an older state", "urn:pulumi:dev::project::store:Box::box"],
    ["of another stack", "urn:pulumi:other::project::store:Box::box"],
  ])("is read and deleted by its own id, whatever a journal %s says", async (_what, urn) => {
    const call = callWith(urn);
    expect(await cycle.read(call, prior)).toBeDefined();
    await cycle.delete(call, prior);
    expect(asked).toEqual(["read box-now", "delete box-now"]);
    expect(boxes).toEqual(["box-other"]);
  });
});

describe("a resource that a run that only takes over has left in the state", () => {
  const oneWay = {
    ...{ type: "store:Tower", sort: "one-way", doc: "A tower.", procedures: { "": "it is built once" } },
    ...{ inputs, outputs: z.strictObject({}), key: ({ name }: typeof wanted) => name, letGo: "nothing" },
  } as unknown as Kind;
  const call = () => ({
    ...callOf(openJournal(join(mkdtempSync(join(tmpdir(), "lifecycle-")), "journal.jsonl"))),
    known: true,
  });

  test("as one that cannot stand is brought about, with whatever inputs, though it is of a kind that never changes", () => {
    const [cycle, of] = [lifecycle(oneWay), call()];
    const other = { ...wanted, name: "case" };
    expect(cycle.check(of, {}, other, "absent").failures).toEqual([]);
    // As the engine checks what it replaces.
    expect(cycle.check(of, undefined, other).failures).toEqual([]);
    expect(lifecycle(oneWay).check(call(), wanted, other, "planned").failures).toHaveLength(1);
  });

  test("is not replaced for a connection that is not known yet", () => {
    const [cycle, of] = [lifecycle(kind as unknown as Kind), call()];
    const news = { ...wanted, connection: UNKNOWN };
    cycle.check(of, wanted, news);
    const state = { id: "box-1", fields: wanted, claim: "c" };
    expect(cycle.diff(of, state, news).replaces).toEqual([]);
    expect(cycle.diff(of, state, { ...wanted, connection: { name: "other" } }).replaces).toEqual(["connection"]);
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
