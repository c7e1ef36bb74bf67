import { readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { afterEach, expect, test } from "vitest";
import { labPlan } from "../lab/lab.fixture";
import { labStart, planFolder, run, type StartedAt } from "../lab/lab-command.fixture";
import type { SitePlan } from "../plan/site-plan";
import { sitewrightHere } from "./sitewright.fixture";

/** With all that the stages take from a plan. */
const plan: SitePlan = {
  ...labPlan(),
  customer: "C89",
  datacenter: "DC-East",
  cluster: { ...labPlan().cluster, admin: { username: "root", password: "Canary-Fisheye-1" } },
  backup: {
    switch: { name: "VDS-BAK", nics: ["ens193"] },
    network: { name: "backup", vlan: 40, subnet: "10.0.24.0/24" },
  },
  business: {
    switch: { name: "VDS-BIZ", nics: ["ens225"] },
    networks: [{ name: "web", vlan: 100, subnet: "10.1.0.0/24" }],
  },
  cloudtower: { address: "10.0.20.15", password: "Canary-Tower-1" },
  dns: ["10.0.0.1"],
  ntp: ["ntp.c89.fun"],
};

let place: ReturnType<typeof planFolder> | undefined;
afterEach(() => {
  if (place) rmSync(place.folder, { recursive: true, force: true });
  place = undefined;
});

/** Starts a lab at a stage, hands its line to `body`, and ends it. Returns its standard output. */
async function withStage(stage: string, more: string[], body: (started: StartedAt) => Promise<void>): Promise<string> {
  place ??= planFolder(plan);
  const lab = run(labStart(place.file, place.dir, "--stage", stage, ...more));
  try {
    await body((await lab.started) as StartedAt);
  } finally {
    lab.child.kill("SIGTERM");
  }
  const { code, out } = await lab.ended;
  expect(code).toBe(0);
  return out;
}

interface Asked {
  ca?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Asks CloudTower for a list by its REST API, over https. */
async function listOf(url: string, path: string, { username, password, ca }: Login): Promise<unknown> {
  const login = await ask("POST", `${url}/v2/api/login`, { ca, body: { username, password, source: "LOCAL" } });
  const authorization = (login.body.data as { token: string }).token;
  return (await ask("POST", `${url}/v2/api${path}`, { ca, headers: { authorization }, body: {} })).body;
}

interface Login {
  username: string | null;
  password: string | null;
  ca?: string;
}

/** One request by plain node, which knows nothing of the plan's addresses. */
function ask(
  method: string,
  url: string,
  { ca, headers = {}, body }: Asked = {},
): Promise<{ status: number; body: Answer }> {
  return new Promise((resolve, reject) => {
    const trusted = ca ? { ca: readFileSync(ca) } : {};
    const options = { method, agent: false, headers: { "content-type": "application/json", ...headers }, ...trusted };
    const request = (url.startsWith("https") ? https : http).request(url, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer }));
    });
    request.once("error", reject);
    request.end(body && JSON.stringify(body));
  });
}

interface Answer {
  ec?: string;
  data?: Record<string, unknown>;
  [key: string]: unknown;
}

test("at scan the hosts are fresh, and nobody can log in yet", async () => {
  const out = await withStage("scan", [], async ({ stage, smtxos, cloudtower, reach, ca }) => {
    expect({ stage, token: smtxos.token, username: smtxos.username, cloudtower }).toEqual({
      stage: "scan",
      token: null,
      username: null,
      cloudtower: null,
    });
    expect(readFileSync(ca, "utf8")).toContain("BEGIN CERTIFICATE");
    expect(JSON.parse(readFileSync(reach, "utf8"))).toHaveProperty("endpoints");
    const scanned = await ask("GET", `${smtxos.url}/api/v2/deployment/host`, {
      headers: { "x-smartx-token": smtxos.deploymentToken },
    });
    expect(scanned.body).toMatchObject({ ec: "EOK", data: { hostname: "localhost.localdomain" } });
  });
  expect(out.trim().split("\n")).toHaveLength(1);
});

test("at cluster it is deployed and root has no password", async () => {
  await withStage("cluster", [], async ({ smtxos, cloudtower }) => {
    expect([smtxos.token, smtxos.password, cloudtower]).toEqual([null, null, null]);
    const headers = { "x-smartx-token": smtxos.deploymentToken };
    const verified = await ask("GET", `${smtxos.url}/api/v2/deployment/deploy_verify`, { headers });
    expect(verified.body.data).toMatchObject({ is_deployed: true });
    const root = { username: "root", password: "x", repeat: "x", encrypted: false };
    expect((await ask("POST", `${smtxos.url}/api/v3/users:setupRoot`, { body: root })).status).toBe(200);
  });
});

test("at configured fisheye has what the plan says of it, and the token is a session", async () => {
  await withStage("configured", [], async ({ smtxos, cloudtower, endpoints }) => {
    expect(cloudtower).toBeNull();
    expect(smtxos).toMatchObject({
      username: "root",
      password: "Canary-Fisheye-1",
      url: `http://${endpoints["10.0.20.10:80"]}`,
    });
    const headers = { "x-smartx-token": smtxos.token ?? "" };
    const read = async (path: string) => (await ask("GET", `${smtxos.url}/api/v2${path}`, { headers })).body.data;
    expect(await read("/settings/vip")).toMatchObject({ management_vip: "10.0.20.10" });
    expect(await read("/settings/dns")).toMatchObject({ dns_servers: ["10.0.0.1"] });
    expect(await read("/settings/ntp")).toMatchObject({ ntp_servers: ["ntp.c89.fun"] });
    expect(await read("/network/vds")).toMatchObject([
      { name: "VDS-MGT" },
      { name: "VDS-SDS" },
      { name: "VDS-BAK" },
      { name: "VDS-BIZ" },
    ]);
    expect(await read("/network/vm_vlans/search")).toMatchObject({
      entities: [
        { name: "default", vlan_id: 0 },
        { name: "backup", vlan_id: 40 },
        { name: "web", vlan_id: 100 },
      ],
    });
    const { username, password } = smtxos;
    expect((await ask("POST", `${smtxos.url}/api/v3/sessions`, { body: { username, password } })).status).toBe(200);
  });
});

test("at cloudtower it is set up and has the cluster connected, by https with the CA and, with --http, by http", async () => {
  await withStage("cloudtower", ["--http"], async ({ cloudtower, ca }) => {
    if (!cloudtower) throw new Error("no CloudTower");
    const { url, http: plain, username, password } = cloudtower;
    for (const [at, trusted] of [
      [url, ca],
      [plain ?? "", undefined],
    ] as const) {
      const list = (path: string) => listOf(at, path, { username, password, ca: trusted });
      expect(await list("/get-organizations")).toMatchObject([{ name: "C89" }]);
      expect(await list("/get-datacenters")).toMatchObject([{ name: "DC-East" }]);
      expect(await list("/get-clusters")).toMatchObject([
        { ip: "10.0.20.10", connect_state: "CONNECTED", name: "HCI-01" },
      ]);
    }
    await expect(ask("POST", `${url}/v2/api/login`, { body: {} })).rejects.toThrow(/certificate/);
  });
});

test("a site that is kept at a stage comes back so, goes on to a later one, and not back to an earlier one", async () => {
  await withStage("configured", [], async () => {});
  let first: StartedAt | undefined;
  await withStage("cloudtower", [], async (started) => {
    first = started;
    expect(started.cloudtower?.http).toBeNull();
  });
  await withStage("cloudtower", [], async ({ cloudtower, endpoints }) => {
    expect({ cloudtower, endpoints }).toEqual({ cloudtower: first?.cloudtower, endpoints: first?.endpoints });
  });
  await withStage("template", [], async ({ cloudtower, ca }) => {
    const list = (path: string) => listOf(cloudtower?.url ?? "", path, { ca, ...(cloudtower as Login) });
    expect(await list("/get-vm-templates")).toMatchObject([{ name: "rocky-9", cloud_init_supported: true }]);
    expect(await list("/get-vms")).toMatchObject([{ name: "cloudtower" }]);
  });
  const back = await run(labStart(place?.file ?? "", place?.dir ?? "", "--stage", "cluster")).ended;
  expect(back.output.trim()).toBe(
    "sitewright: the site that is kept there stands at template already: give another --dir",
  );
  expect(back.code).toBe(2);
});

test("a stage that the plan has nothing for, or that there is none of, is refused", async () => {
  place = planFolder(labPlan());
  const none = await run(labStart(place.file, place.dir, "--stage", "cloudtower")).ended;
  expect(none.output).toContain("the plan has no CloudTower (cloudtower.address)");
  expect(none.code).toBe(2);
  const [, , ...words] = labStart(place.file, place.dir, "--stage", "finished");
  const other = await sitewrightHere(words);
  expect(other.stderr).toContain("Allowed choices are scan, cluster, configured, cloudtower, template");
  expect(other.status).toBe(2);
});

test("without --json it says the same in words", async () => {
  place = planFolder(plan);
  const words = labStart(place.file, place.dir, "--stage", "cloudtower", "--http").filter((word) => word !== "--json");
  const lab = run(words);
  await expect.poll(() => lab.said(), { timeout: 30_000 }).toContain("^C stops it");
  lab.child.kill("SIGTERM");
  const { output } = await lab.ended;
  expect(output).toMatch(/stands at stage cloudtower/);
  expect(output).toMatch(/SMTX OS {5}http:\/\/127\.0\.0\.1:\d+ {2}user root, password Canary-Fisheye-1, token \w{32}/);
  expect(output).toMatch(/CloudTower {2}https:\/\/127\.0\.0\.1:\d+ {2}user root, password Canary-Tower-1/);
});
