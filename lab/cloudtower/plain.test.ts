import { expect, test } from "vitest";
import { NoneYet } from "../example";
import type { LabOptions } from "../lab";
import { type Connected, madeVm, taskOf, withConnected } from "./machines.fixture";
import type { PlainCalls } from "./plain";
import { plainObjects } from "./system";
import { matching } from "./tables";
import { type Tower, type WithTask, withSetUpTower } from "./tower.fixture";
import type { LabTower } from "./tower-model";

type Row = { id: string; [field: string]: unknown };

/** Every kind of plain objects, by its name. */
const kinds = plainObjects.map((plain) => [plain.kind, plain] as const);

/** Runs `body` with what a kind's objects can stand on: a cluster where they belong to one. */
async function withParents(
  { tried }: PlainCalls,
  options: Partial<LabOptions>,
  body: (tower: Tower) => Promise<void>,
): Promise<void> {
  if (tried.parent?.kind === "Cluster") await withConnected(options, ({ tower }) => body(tower));
  else await withSetUpTower(options, body);
}

function idOf({ lab: { site } }: Tower, kind: string): string {
  site.advance();
  const [found] = matching(site, site.model.cloudtower as LabTower, kind, {});
  if (!found) throw new NoneYet(kind);
  return found.id;
}

/** The id of what a kind's objects belong to, one that nothing else belongs to where it is plain too. */
async function parentOf(tower: Tower, { tried: { parent } }: PlainCalls): Promise<string> {
  if (!parent) return "";
  const plain = plainObjects.find(({ kind }) => kind === parent.kind);
  return plain ? (await made(tower, plain)).id : idOf(tower, parent.kind);
}

/** The request for the example, or for what it is changed to. */
function request({ tried: { parent, example } }: PlainCalls, of: string, as: "made" | "changed" = "made"): object {
  return { ...example[as], ...(parent && { [parent.field]: of }) };
}

/** The example of a kind, made. */
async function made(tower: Tower, plain: PlainCalls, of?: string): Promise<Row> {
  const body = [request(plain, of ?? (await parentOf(tower, plain)))];
  const [answer] = await tower.data<WithTask[]>(`/create-${plain.tried.noun}`, body);
  return answer?.data as Row;
}

const listed = (tower: Tower, { tried }: PlainCalls, where: object) =>
  tower.data<Row[]>(`/get-${tried.plural}`, { where });

test.each(kinds.flatMap(([kind, plain]) => (["direct", "task"] as const).map((by) => [kind, by, plain] as const)))(
  "a %s is made, changed and deleted (plainWrites %s)",
  async (kind, plainWrites, plain) => {
    await withParents(plain, { switches: { plainWrites } }, async (tower) => {
      const { noun, example } = plain.tried;
      const of = await parentOf(tower, plain);
      const answered = async (path: string, body: object): Promise<Row> => {
        const [answer] = await tower.data<WithTask[]>(path, body);
        if (plainWrites === "direct") expect(answer?.task_id).toBeNull();
        else
          expect(await taskOf({ tower } as Connected, { id: answer?.task_id })).toMatchObject({
            status: "SUCCESSED",
            resource_id: answer?.data.id,
            resource_type: kind,
          });
        return answer?.data as Row;
      };
      const { id, ...fields } = await answered(`/create-${noun}`, [request(plain, of)]);
      expect(fields).toMatchObject(example.made);
      const where = { id };
      expect(await listed(tower, plain, where)).toEqual([{ id, ...fields }]);
      expect(await answered(`/update-${noun}`, { where, data: example.changed })).toMatchObject(where);
      expect(await listed(tower, plain, where)).toMatchObject([{ id, ...example.changed }]);
      // To what it is called already is no other's name.
      expect((await tower.post(`/update-${noun}`, { where, data: example.changed })).status).toBe(200);
      expect(await answered(`/delete-${noun}`, { where })).toEqual(where);
      expect(await listed(tower, plain, where)).toEqual([]);
    });
  },
);

test.each(kinds)("a task on a %s that fails has made, changed or deleted nothing", async (_kind, plain) => {
  await withParents(plain, { switches: { plainWrites: "task" } }, async (tower) => {
    const { noun, plural, example } = plain.tried;
    const of = await parentOf(tower, plain);
    const { id } = await made(tower, plain, of);
    const before = await listed(tower, plain, {});
    for (const [does, body] of [
      ["create", [request(plain, of, "changed")]],
      ["update", { where: { id }, data: example.changed }],
      ["delete", { where: { id } }],
    ] as const) {
      await tower.lab.setFaults([{ operation: `${does}${plain.kind}`, task: "fails" }]);
      const [answer] = await tower.data<WithTask[]>(`/${does}-${noun}`, body);
      expect(await taskOf({ tower } as Connected, { id: answer?.task_id })).toMatchObject({ status: "FAILED" });
      expect([plural, await listed(tower, plain, {})]).toEqual([plural, before]);
    }
  });
});

test.each(kinds)("of a %s that is not there, or is not whole, calls are refused", async (_kind, plain) => {
  await withParents(plain, {}, async (tower) => {
    const { noun, parent, example } = plain.tried;
    const before = await listed(tower, plain, {});
    const where = { id: "none" };
    for (const path of [`/update-${noun}`, `/delete-${noun}`])
      expect(await tower.post(path, { where, data: example.changed })).toMatchObject({ status: 404, body: { path } });
    expect((await tower.post(`/create-${noun}`, [{}])).status).toBe(400);
    if (parent) expect((await tower.post(`/create-${noun}`, [request(plain, "none")])).status).toBe(404);
    expect(await listed(tower, plain, {})).toEqual(before);
  });
});

test.each(
  kinds.flatMap(([kind, plain]) =>
    (plain.tried.same?.values ?? ["refused"]).map((value) => [kind, value, plain] as const),
  ),
)("a second %s like one that stands is %s, be it made or renamed", async (_kind, value, plain) => {
  const { noun, example, same } = plain.tried;
  await withParents(plain, { switches: same && { [same.name]: value } }, async (tower) => {
    const status = value === "refused" ? 400 : 200;
    const of = await parentOf(tower, plain);
    const { id } = await made(tower, plain, of);
    expect((await tower.post(`/create-${noun}`, [request(plain, of)])).status).toBe(status);
    expect((await tower.post(`/create-${noun}`, [request(plain, of, "changed")])).status).toBe(200);
    expect((await tower.post(`/update-${noun}`, { where: { id }, data: example.changed })).status).toBe(status);
    const now = value === "refused" ? example.made : example.changed;
    expect(await listed(tower, plain, { id })).toMatchObject([now]);
  });
});

const usable = kinds.filter(([, plain]) => plain.tried.example.used);

test.each(
  usable.flatMap(([kind, plain]) =>
    (plain.tried.used?.values ?? ["refused"]).map((value) => [kind, value, plain] as const),
  ),
)("a %s that is in use is %s when it is to be deleted", async (_kind, value, plain) => {
  const { noun, example, used } = plain.tried;
  await withConnected({ switches: used && { [used.name]: value } }, async (at) => {
    const { tower } = at;
    await madeVm(at);
    const { id } = await made(tower, plain);
    const { site } = tower.lab;
    tower.lab.cloudtower.change((model) => example.used?.(model, id, { site, idOf: (kind) => idOf(tower, kind) }));
    const { status, text } = await tower.post(`/delete-${noun}`, { where: { id } });
    expect([status, text]).toEqual([value === "refused" ? 400 : 200, text]);
    expect(await listed(tower, plain, { id })).toHaveLength(value === "refused" ? 1 : 0);
  });
});

test.each(kinds.filter(([, plain]) => plain.tried.parent))(
  "at the end of what it belongs to a %s goes with it, or holds it, as is declared",
  async (_kind, plain) => {
    await withParents(plain, {}, async (tower) => {
      const { parent } = plain.tried;
      const of = await parentOf(tower, plain);
      const { id } = await made(tower, plain, of);
      const holds = parent?.atItsEnd === "holds";
      const { status, text } = await tower.post(`/delete-${parent?.noun}`, { where: { id: of } });
      expect([status, text]).toEqual([holds ? 400 : 200, text]);
      expect(await listed(tower, plain, { id })).toHaveLength(holds ? 1 : 0);
    });
  },
);
