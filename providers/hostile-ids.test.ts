import type { IncomingMessage } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import type { z } from "zod";
import { kinds, observers } from "./handler";
import { manualClock } from "./kernel/fixtures/manual-clock.fixture";
import { json, stackFolder, wire } from "./kernel/fixtures/wire.fixture";
import { createLogIns } from "./kernel/log-ins";
import type { Context } from "./kernel/resource";
import { createTrust } from "./kernel/trust";
import { wait } from "./kernel/wait";

const { startServer } = wire(onTestFinished);

type Fields = Record<string, unknown>;

/** Ids as a hostile site gives them: what leads elsewhere, and what only looks like it. */
const ELSEWHERE = ["../../../v3/users/1", "..", ".", "", "a/../../b", "..\\b", "%2e%2e%2f%2e%2e", "a\r\nx: y"];
const ENCODED = ["a?force=true", "a#b", "a&c=d", 'a"){deleteAll}#'];

/** Every answer in one, with the id wherever a vendor has one. */
function answerWith(id: string): Fields {
  const host = { host_uuid: id, nics_associated: ["ens1"] };
  const image = { image_uuid: id, zbs_volume_id: id, chunk_size: 1_048_576, to_upload: [], image_path: "/x" };
  const vm = { vm_name: id, status: "running", guest_info: { ga_state: "Running" }, nics: [], disks: [] };
  const row = { id, uuid: id, name: id, ...image, ...vm, hosts_associated: [host], is_deployed: true, serial: id };
  const job = { state: "done", resources: { [id]: { type: "NETWORK_VDS", vm_name: id } } };
  const task = { id, task_id: id, status: "SUCCESSED", connect_state: "CONNECTED", ip: id, local_id: id };
  const all = { ...row, ...task, job_id: id, job, token: "t".repeat(20), msg: "well", userCreated: { created: true } };
  return { ...all, entities: [row], images: [row], data: { ...all, entities: [row], images: [row] } };
}

/** Some value of a schema, with the id for each text. */
function sample(field: z.ZodType, id: string): unknown {
  const { def } = field as unknown as {
    def: {
      type: string;
      innerType?: z.ZodType;
      in?: z.ZodType;
      element?: z.ZodType;
      shape?: Record<string, z.ZodType>;
      options?: z.ZodType[];
      entries?: Record<string, unknown>;
      values?: unknown[];
    };
  };
  const inner = def.innerType ?? def.in ?? def.options?.[0];
  if (inner) return sample(inner, id);
  if (def.shape) return Object.fromEntries(Object.entries(def.shape).map(([name, each]) => [name, sample(each, id)]));
  if (def.element) return [sample(def.element, id)];
  if (def.type === "number") return 1;
  if (def.type === "boolean") return true;
  if (def.type === "enum") return Object.keys(def.entries ?? {})[0];
  if (def.type === "literal") return def.values?.[0];
  return def.type === "record" ? {} : id;
}

interface Recorded {
  method: string;
  target: string;
  body: string;
}

/** A site that gives this id everywhere, and a context that leads to it. */
async function hostileSite(id: string): Promise<{ recorded: Recorded[]; contextFor: () => Context }> {
  const recorded: Recorded[] = [];
  const { port } = await startServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    recorded.push({ method: request.method ?? "", target: request.url ?? "", body: Buffer.concat(chunks).toString() });
    const rest = request.url?.startsWith("/v2/api/");
    json(response, 200, rest ? [answerWith(id)] : { ec: "EOK", ...answerWith(id) });
  }, "site");
  const endpoint = `127.0.0.1:${port}`;
  // Nothing else is looked for, in the name service neither.
  const reach = { speed: 1, only: true, endpoints: { [endpoint]: endpoint } };
  const clock = manualClock();
  const transport = {
    reach,
    clock,
    trust: createTrust({ folder: stackFolder(), reach, mode: "insecure", notice: () => {} }),
    timeoutMs: 5_000,
  };
  const clients = new Map<string, { close?: () => void }>();
  onTestFinished(() => {
    for (const client of clients.values()) client?.close?.();
  });
  const connection = { name: "site", addresses: [endpoint], username: "root", password: "Canary-Site-1" };
  const workspace = {
    root: stackFolder(),
    transport,
    clock,
    connect: () => connection,
    logIns: createLogIns(),
    shared(key: string, make: () => { close?: () => void }) {
      const client = clients.get(key) ?? make();
      clients.set(key, client);
      return client;
    },
  };
  const nothing = () => {};
  const { signal } = new AbortController();
  const contextFor = () =>
    ({
      label: "Thing/thing",
      connection,
      workspace,
      signal,
      entry: undefined,
      isBegun: false,
      inState: true,
      progress: nothing,
      info: nothing,
      warn: nothing,
      checkpoint: nothing,
      note: nothing,
      accepted: nothing,
      wait: (what: string, look: () => Promise<never>) =>
        wait(clock.stopwatch(), { what, look, deadline: 3_000, knob: "timeouts" }),
    }) as unknown as Context;
  return { recorded, contextFor };
}

/** Runs all that a kind can do; what it makes of such a site is its own affair. */
async function tryAll(context: () => Context, id: string): Promise<void> {
  const attempts: Promise<unknown>[] = [];
  const attempt = (work: () => unknown) =>
    attempts.push(
      Promise.resolve()
        .then(work)
        .catch(() => {}),
    );
  for (const kind of kinds) {
    if (!("connection" in kind.inputs.shape)) continue;
    const { connection } = context();
    const fields = { ...(sample(kind.inputs, id) as Fields), ...(sample(kind.outputs, id) as Fields), connection };
    // Both speak SSH alone, to addresses of the plan.
    if (kind.type === "smtxos:HostPasswords" || kind.type === "smtxos:CloudTowerInstallation") continue;
    attempt(() => kind.read(context(), id, fields));
    if (kind.sort === "object") {
      attempt(() => kind.find(context(), fields));
      attempt(() => kind.create(context(), fields));
      attempt(() => kind.sync(context(), id, fields, fields));
      attempt(() => kind.sync(context(), id, { ...fields, name: "another", vlanId: 7 }, fields));
      attempt(() => kind.delete(context(), id, fields));
    }
    if (kind.sort === "setting") attempt(() => kind.sync(context(), fields, fields));
    if (kind.sort === "one-way") {
      attempt(() => kind.find(context(), fields));
      attempt(() => kind.settle(context(), fields));
    }
    for (const observer of Object.values(observers))
      attempt(() => observer.observe(context(), { kind: kind.type, id, prior: fields as never }));
  }
  await Promise.all(attempts);
}

/** What a request may go to, whatever ids are in it. */
const MEANT =
  /^(\/api\/v2\/(deployment|elf|images|ipmi|jobs|network\/vds|settings|storage_policies|svt_image|tools|vms)(\/|\?|$)|\/api\/v3\/(sessions$|users:setupRoot$)|\/v2\/api\/[a-z-]+$|\/api$)/;
const QUERY = [
  "host_ip",
  "name",
  "size",
  "description",
  "device",
  "task_id",
  "zbs_volume_id",
  "chunk_num",
  "image_uuid",
];

test.each([...ELSEWHERE, ...ENCODED])("no call of any kind leaves its path for an id like %j", async (id) => {
  const { recorded, contextFor } = await hostileSite(id);
  await tryAll(contextFor, id);
  expect(recorded.length).toBeGreaterThan(20);
  for (const { method, target, body } of recorded) {
    expect(target).toMatch(MEANT);
    const [path = "", query = ""] = target.split("?");
    for (const segment of path.split("/").slice(1)) {
      expect(segment).not.toBe("");
      expect(decodeURIComponent(decodeURIComponent(segment))).not.toMatch(/[/\\]|^\.*$/);
    }
    for (const name of new URLSearchParams(query).keys()) expect(QUERY).toContain(name);
    // A deletion names what it deletes.
    if (method === "DELETE") expect(path.split("/").length).toBeGreaterThan(4);
    // GraphQL takes values as variables.
    if (target === "/api" && id.length > 2) expect(JSON.parse(body).query).not.toContain(id);
  }
  const written = recorded.map(({ target }) => target).filter((target) => target.includes(encodeURIComponent(id)));
  if (ENCODED.includes(id)) expect(written.length).toBeGreaterThan(3);
});
