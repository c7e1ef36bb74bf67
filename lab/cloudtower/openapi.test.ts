import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExampleSite, NoneYet, walkExamples } from "../example";
import { ask } from "../lab.fixture";
import type { Operation } from "../operation";
import { operations } from "../router";
import { checkExchange, checkRequests, documentedCalls, documentedNested, OPENAPI_FOLDER } from "./openapi.fixture";
import { checked } from "./openapi-checked.fixture";
import { plainObjects } from "./system";
import { allRows, matching, nestedKinds } from "./tables";
import { TOWER, type Tower, withCluster, withSetUpTower } from "./tower.fixture";
import { type LabTower, TOWER_VERSIONS } from "./tower-model";

beforeAll(() => checkRequests());
afterAll(() => checkRequests(false));

const rest = operations.filter(({ path }) => path.startsWith("/v2/api/") && !path.endsWith("/get-version"));

/** Every list, asked in every way that lists have. */
async function askLists(tower: Tower): Promise<void> {
  for (const { path, example } of rest.filter((each) => each.path.startsWith("/v2/api/get-"))) {
    const short = path.replace("/v2/api", "");
    // What is no list is asked by its example.
    if (example) continue;
    expect([short, (await tower.post(short)).status]).toEqual([short, 200]);
    expect((await tower.post(short, {}, null)).status).toBe(401);
    if (short.endsWith("-connection")) continue;
    expect((await tower.post(short, { first: 1, orderBy: "id_ASC", where: { id_not: "x" } })).status).toBe(200);
    expect((await tower.post(short, { first: -1 })).status).toBe(400);
  }
}

/** Fields for nested objects that no row has one in when all examples stand: why. */
const EMPTY: Record<string, string> = {
  "Host.vms": "the machine is off",
  "Vm.host": "the machine is off",
  "VmDisk.elf_image": "the machine has no CD-ROM",
  "VmDisk.svt_image": "the machine has no CD-ROM",
  "Graph.hosts": "the graph draws the cluster",
  "Graph.vms": "the graph draws the cluster",
  "ClusterTopo.brick_topoes": "the chassis is in a rack",
  "BrickTopo.cluster_topo": "the chassis is in a rack",
};

function emptyIn({ lab: { site } }: Tower): string[] {
  const tower = site.model.cloudtower as LabTower;
  return Object.entries(nestedKinds()).flatMap(([kind, nested]) => {
    const rows = allRows(site, tower, kind);
    const isEmpty = (value: unknown) => (Array.isArray(value) ? value.length === 0 : !value);
    if (rows.length === 0) return [];
    return Object.keys(nested).flatMap((field) => (rows.every((row) => isEmpty(row[field])) ? `${kind}.${field}` : []));
  });
}

/** Somebody puts each plain object to a use by hand, so that what it is used for shows it. */
function useAll({ lab }: Tower, idOf: ExampleSite["idOf"]): void {
  for (const { kind, tried } of plainObjects)
    lab.cloudtower.change((model) =>
      tried.example.used?.(model, idOf(kind, tried.example.made), { site: lab.site, idOf }),
    );
}

/** The examples that are declared beside the operations; the lists are asked before the first of them and once all stands. */
async function walk(tower: Tower): Promise<void> {
  const { site } = tower.lab;
  const idOf = (kind: string, where: object = {}) => {
    site.advance();
    const [found] = matching(site, site.model.cloudtower as LabTower, kind, where);
    if (!found) throw new NoneYet(kind);
    return found.id;
  };
  await askLists(tower);
  let made = false;
  await walkExamples(rest, { site, idOf }, async ({ path, example }, request) => {
    if (!made && example.when !== "makes") {
      useAll(tower, idOf);
      await askLists(tower);
      expect(emptyIn(tower)).toEqual(Object.keys(EMPTY));
    }
    made = example.when !== "makes";
    const reply = await tower.post(path.replace("/v2/api", ""), request);
    expect([path, reply.status, reply.text]).toEqual([path, example.status ?? 200, reply.text]);
  });
}

test("every operation of the REST API is in the walk, by an example beside it, or is a list or a part of the set-up", () => {
  const setUp = ["towerLogin", "createRootUser"];
  const isWalked = ({ id, path, example }: Operation) =>
    example !== undefined || path.startsWith("/v2/api/get-") || setUp.includes(id);
  expect(rest.filter((each) => !isWalked(each)).map(({ id }) => id)).toEqual([]);
});

test.each(TOWER_VERSIONS)(
  "requests and answers of %s, one of every call, are what the vendor's document has, where it is given",
  async (cloudtowerVersion) => {
    await withCluster({ cloudtowerVersion }, async (tower) => {
      const before = { ...checked };
      await walk(tower);
      const asked = new Set(tower.lab.requests().map(({ operation }) => operation));
      expect(rest.map(({ id }) => id).filter((id) => !asked.has(id))).toEqual([]);
      for (const count of ["requests", "answers"] as const)
        expect([count, checked[count] > before[count]]).toEqual([count, OPENAPI_FOLDER !== undefined]);
    });
  },
  120_000,
);

const LABELLED = "the lab's labels are on virtual machines alone";
const IN_DRIVES = "the lab's images do not say which drives they are in: the drives do";
const DRAWN = "graphs of the lab draw hosts and machines alone";
const PASSED_THROUGH = "the lab passes no host's port through to a machine";
/** Fields for objects of a kind that the lab has, in which it shows none: why. */
const NOT_SHOWN: Record<string, string> = {
  ...Object.fromEntries(
    [
      ...["clusters", "datacenters", "elf_images", "hosts", "nics", "vdses", "vlans", "vm_volumes"],
      ...["content_library_images", "content_library_vm_templates", "iscsi_lun_snapshots"],
      ...["vm_snapshots", "vm_templates"],
    ].map((field) => [`Label.${field}`, LABELLED]),
  ),
  ...Object.fromEntries(
    [
      ...["Cluster", "Datacenter", "ElfImage", "Host", "Nic", "Vds", "Vlan", "VmVolume"],
      ...["ContentLibraryImage", "ContentLibraryVmTemplate", "IscsiLunSnapshot", "VmSnapshot", "VmTemplate"],
    ].map((kind) => [`${kind}.labels`, LABELLED]),
  ),
  "ElfImage.vm_disks": IN_DRIVES,
  "ContentLibraryImage.vm_disks": IN_DRIVES,
  "ContentLibraryImage.vm_snapshots": IN_DRIVES,
  "ContentLibraryImage.vm_templates": IN_DRIVES,
  "SvtImage.vm_disks": IN_DRIVES,
  "ElfImage.vm_snapshots": IN_DRIVES,
  "ElfImage.vm_templates": IN_DRIVES,
  "Nic.vms": PASSED_THROUGH,
  "Vm.pci_nics": PASSED_THROUGH,
  "VmNic.nic": PASSED_THROUGH,
  "Graph.nics": DRAWN,
  "Graph.vmNics": DRAWN,
  "Graph.vmVolumes": DRAWN,
};

test.skipIf(OPENAPI_FOLDER === undefined).each(TOWER_VERSIONS)(
  "what the document of %s nests of a kind that the lab has, the lab shows and names, or is listed here with why not",
  (version) => {
    const all = nestedKinds();
    const wanted = Object.keys(all).flatMap((kind) =>
      Object.entries(documentedNested(version, kind))
        .filter(([, of]) => of in all)
        .map(([field, of]) => [`${kind}.${field}`, of] as const),
    );
    const named = Object.entries(all).flatMap(([kind, nested]) =>
      Object.entries(nested).map(([field, of]) => [`${kind}.${field}`, of] as const),
    );
    const shown = Object.fromEntries(wanted.filter(([field]) => !(field in NOT_SHOWN)));
    expect(Object.fromEntries(named), "nested, in the kind's declaration or in lists.ts").toEqual(shown);
    expect(Object.keys(NOT_SHOWN).filter((field) => !wanted.some(([each]) => each === field))).toEqual([]);
  },
);

test.skipIf(OPENAPI_FOLDER === undefined)("an answer that the document does not have is refused", () => {
  const exchange = { method: "POST", path: "/get-organizations", request: {}, status: 200, requestId: "a" };
  const row = { id: "a", name: "b", datacenters: null };
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [row] })).not.toThrow();
  for (const answer of [[{ ...row, more: 1 }], [{ ...row, name: null }], [{ id: "a" }], { errors: [] }])
    expect(() => checkExchange("4.6.0", { ...exchange, answer })).toThrow("answer 200 of /get-organizations");
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [], requestId: undefined })).toThrow("x-tower-request-id");
  expect(() => checkExchange("4.6.0", { ...exchange, path: "/get-nothing", answer: [] })).toThrow("has no POST");
});

test.skipIf(OPENAPI_FOLDER === undefined).each(TOWER_VERSIONS)(
  "every operation of %s that the lab does not have answers 501, and says so",
  async (cloudtowerVersion) => {
    await withSetUpTower({ cloudtowerVersion, switches: { towerHttp: "serves" } }, async ({ lab, token = "" }) => {
      const built = new Set(operations.map(({ method, path }) => `${method} ${path}`));
      const missing = documentedCalls(cloudtowerVersion).filter(({ method, path }) => !built.has(`${method} ${path}`));
      expect(missing.length).toBeGreaterThan(300);
      for (const { method, path } of missing) {
        const body = method === "POST" ? {} : undefined;
        const reply = await ask(lab, method, path, { at: TOWER, body, headers: { authorization: token } });
        expect([path, reply.status, reply.body.message]).toEqual([
          path,
          501,
          expect.stringContaining(`${method} ${path}`),
        ]);
      }
      expect(lab.site.model.cloudtower?.tasks).toEqual([]);
    });
  },
);
