import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { FaultRule } from "../../lab/faults";
import { FIRST, VIP } from "../../lab/lab.fixture";
import { STACK } from "../kit/project";
import type { BeginSite, LabSite } from "./lab-site";
import { CLUSTER_PASSWORD, connectedTower, towerConnection, towerSites } from "./tower-site";

const beginSite = towerSites("4.6.0");
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite("4.6.0", ...of);
};
const tower = () => site.lab.site.model.cloudtower;

function expectConnected(ip = VIP): void {
  expect(tower()).toMatchObject({
    users: [{ username: "root" }],
    organizations: [{ name: "C89" }],
    datacenters: [{ name: "DC-01", organization: tower()?.organizations[0]?.id }],
    clusters: [{ ip, state: "CONNECTED", datacenter: tower()?.datacenters[0]?.id }],
  });
}

describe("a CloudTower", () => {
  beforeEach(() => begin());

  test("is set up, gets organisation and datacenter, connects the cluster, and is kept by a second run", async () => {
    await site.up(connectedTower());
    expect(site.writes()).toEqual(["createRootUser", "createOrganization", "createDatacenter", "connectCluster"]);
    expectConnected();
    expect(site.outputsOf("cluster")).toMatchObject({
      clusterId: tower()?.clusters[0]?.id,
      localId: site.lab.site.model.cluster?.serial,
      clusterName: "HCI-01",
      version: "6.2.0",
      settingsId: tower()?.clusters[0]?.settings.id,
    });
    await site.up(connectedTower(), true);
    expect(site.writes()).toEqual([]);
  });

  test("changes names and the cluster's address in place, and puts back what was changed by hand", async () => {
    await site.up(connectedTower());
    const { id } = tower()?.clusters[0] ?? {};
    site.writes();
    const other = connectedTower({ organization: "C90", datacenter: "DC-02", address: FIRST });
    await site.up(other);
    expect(site.writes()).toEqual(["updateOrganization", "updateDatacenter", "updateCluster"]);
    expect(tower()).toMatchObject({
      organizations: [{ name: "C90" }],
      datacenters: [{ name: "DC-02" }],
      clusters: [{ id, ip: FIRST, state: "CONNECTED" }],
    });
    site.lab.cloudtower.change((changed) => {
      for (const each of changed.datacenters) each.name = "by hand";
      for (const each of changed.clusters) each.ip = VIP;
    });
    await site.engine.refresh();
    expect(site.engine.state.map(({ name, inputs }) => [name, inputs.name ?? inputs.address])).toEqual([
      ["setup", undefined],
      ["organization", "C90"],
      ["datacenter", "by hand"],
      ["cluster", VIP],
    ]);
    await site.up(other, true);
    expect(site.writes()).toEqual(["updateDatacenter", "updateCluster"]);
  });

  test("that was set up and filled by hand is refused object by object until each is adopted", async () => {
    await site.up(connectedTower());
    await site.forget();
    site.writes();
    expect(await site.errorsOf(connectedTower())).toMatch(
      /Organization\/C89 stands already on TOWER .*adopt Organization/,
    );
    site.engine.settings = { ...site.engine.settings, adopt: "Organization/C89,Datacenter/DC-01" };
    await site.engine.kill();
    // Known by any of its addresses: CloudTower has it by its VIP.
    expect(await site.errorsOf(connectedTower({ address: FIRST }))).toMatch(
      new RegExp(`ClusterConnection/${FIRST} stands already on TOWER`),
    );
    site.engine.settings = { ...site.engine.settings, adopt: "all" };
    await site.engine.kill();
    await site.up(connectedTower());
    expect(site.writes()).toEqual([]);
    expectConnected();
  });

  test("with another password than the planned one is not touched, and the error says what to do", async () => {
    await site.up(connectedTower());
    await site.forget();
    site.writes();
    const errors = await site.errorsOf(connectedTower({ tower: { password: "Canary-Other-1" } }));
    expect(errors).toMatch(
      /TOWER is set up already and refuses the log-in of root — put the password that stands .* or change it in CloudTower/,
    );
    expect(errors).not.toMatch(/Canary/);
    expect(site.writes()).toEqual([]);
    await site.engine.kill();
    await site.lab.setFaults([
      { operation: "getOrganizations", answer: { status: 403, body: { message: "no", status: 403, path: "/" } } },
    ]);
    expect(await site.errorsOf(connectedTower())).toMatch(/\(x-tower-request-id [\w-]+\) answered 403/);
  });

  test("lets go of what is taken out of the plan: the cluster and its datacenter go, the set-up stays", async () => {
    await site.up(connectedTower());
    await site.engine.kill();
    site.writes();
    const { logs, errors } = await site.engine.up([]);
    expect(errors).toEqual([]);
    expect(site.writes()).toEqual(["deleteCluster", "deleteDatacenter"]);
    expect(tower()).toMatchObject({ users: [{}], organizations: [{ name: "C89" }], datacenters: [], clusters: [] });
    const warned = logs.filter(({ warning }) => warning).map(({ text }) => text);
    expect(warned.join("\n")).toMatch(/organisation C89 stays: it is the only one/);
    expect(warned.join("\n")).toMatch(/Setup\/TOWER is let go/);
    expect(site.lab.site.model.cluster).toBeDefined();
  });

  test("keeps organisation and datacenter that others use when the plan drops them", async () => {
    await site.up(connectedTower());
    site.lab.cloudtower.change(({ organizations, datacenters, clusters }) => {
      organizations.push({ id: "c-others", name: "C90" });
      const [cluster] = clusters;
      if (cluster) clusters.push({ ...structuredClone(cluster), id: "c-cluster", ip: "10.0.30.10" });
      expect(datacenters).toHaveLength(1);
    });
    await site.engine.kill();
    site.writes();
    const { logs, errors } = await site.engine.up([]);
    expect(errors).toEqual([]);
    expect(site.writes()).toEqual(["deleteCluster"]);
    const said = logs.map(({ text }) => text).join();
    expect(said).toMatch(/datacenter DC-01 stays: .* belongs to it/);
    expect(said).toMatch(/organisation C89 stays: DC-01 belongs to it/);
  });

  test("with a second organisation loses the one that the plan drops", async () => {
    const second = {
      type: "cloudtower:Organization",
      name: "second",
      args: { connection: towerConnection, name: "C90" },
    };
    const [setup] = connectedTower();
    await site.up([...(setup ? [setup] : []), ...connectedTower().slice(1, 2), second]);
    await site.engine.kill();
    site.writes();
    await site.up(connectedTower().slice(0, 2));
    expect(site.writes()).toEqual(["deleteOrganization"]);
    expect(tower()?.organizations).toMatchObject([{ name: "C89" }]);
  });

  test("finds what is beyond the first hundred, and takes an answer without a body for nothing to change", async () => {
    await site.up(connectedTower());
    site.lab.cloudtower.change(({ organizations }) => {
      for (let n = 0; n < 150; n++)
        organizations.unshift({ id: `a${String(n).padStart(24, "0")}`, name: `by hand ${n}` });
    });
    await site.lab.setFaults([{ operation: "updateDatacenter", answer: { status: 304 }, count: 1 }]);
    await site.up(connectedTower({ datacenter: "DC-02" }));
    await site.engine.kill();
    site.writes();
    await site.up([]);
    expect(site.writes()).toEqual(["deleteCluster", "deleteDatacenter", "deleteOrganization"]);
    expect(tower()?.organizations).toHaveLength(150);
  });

  test("whose cluster has got another password says so, and is connected anew with the right one", async () => {
    await site.up(connectedTower());
    site.lab.smtxos.setRootPassword("Canary-Root-2");
    await site.engine.refresh();
    expect(site.engine.state.find(({ name }) => name === "cluster")?.inputs.connected).toBe(false);
    site.writes();
    expect(await site.errorsOf(connectedTower())).toMatch(
      /does not connect cluster 10.0.20.10: LOAD_CLUSTER_UNAUTHORIZED.* — check user name and password/,
    );
    await site.up(connectedTower({ clusterPassword: "Canary-Root-2" }));
    expect(site.writes()).toEqual(["updateCluster", "updateCluster"]);
    expectConnected();
  });

  test("why the old connection was lost is not taken for what becomes of the new one", async () => {
    await site.up(connectedTower());
    site.lab.smtxos.setRootPassword("Canary-Root-2");
    await site.engine.refresh();
    // The look after the change is answered as before it.
    await site.lab.setFaults([{ operation: "getClusters", skip: 1, staleRead: true, count: 1 }]);
    await site.up(connectedTower({ clusterPassword: "Canary-Root-2" }));
    expect(site.lab.faultsApplied()).toEqual([1]);
    expectConnected();
  });

  test.each<[string, FaultRule]>([
    ["the answer to its set-up is lost", { operation: "createRootUser", drop: "after-commit", count: 1 }],
    ["the answer to its datacenter is lost", { operation: "createDatacenter", drop: "after-commit", count: 1 }],
    ["the connection is never answered", { operation: "connectCluster", hang: "after-commit", count: 1 }],
    ["the answer to the connection is lost", { operation: "connectCluster", drop: "after-commit", count: 1 }],
    ["half an answer comes", { operation: "connectCluster", halfBody: true, count: 1 }],
    ["its session ends in the middle", { operation: "connectCluster", expireSession: true, count: 1 }],
    ["a proxy answers for it", { operation: "getClusters", answer: { status: 502, html: true }, count: 2 }],
    [
      "another task holds an object for a while",
      {
        operation: "createDatacenter",
        answer: {
          status: 400,
          body: {
            message: "locked",
            status: 400,
            path: "/create-datacenter",
            code: "ResourceLocked",
            props: { locked_resources: [{ id: "c1", type: "VM" }] },
          },
        },
        count: 1,
      },
    ],
  ])("stands once when %s", async (_what, rule) => {
    await site.lab.setFaults([rule]);
    await site.up(connectedTower());
    expect(site.lab.faultsApplied()).toEqual([rule.count]);
    expectConnected();
    site.writes();
    await site.up(connectedTower(), true);
    expect(site.writes()).toEqual([]);
  });

  test.each(["updateCluster", "deleteCluster", "deleteDatacenter"])(
    "a lost answer to %s is looked for, and the run goes on",
    async (operation) => {
      await site.up(connectedTower());
      await site.engine.kill();
      await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
      site.writes();
      if (operation === "updateCluster") {
        await site.up(connectedTower({ address: FIRST }));
        expect(site.writes()).toEqual(["updateCluster"]);
        return expectConnected(FIRST);
      }
      await site.up([]);
      expect(site.writes().filter((each) => each === "deleteCluster")).toHaveLength(1);
      expect(tower()).toMatchObject({ datacenters: [], clusters: [] });
    },
  );

  test("a task that fails is told by its code and words, and the next run connects anew", async () => {
    await site.lab.setFaults([{ operation: "connectCluster", task: { fails: "no route to the host" }, count: 1 }]);
    expect(await site.errorsOf(connectedTower())).toMatch(/10.0.20.10.*LOAD_CLUSTER_FAILED/);
    await site.up(connectedTower());
    expectConnected();
  });

  test("a wrong password of the cluster is told by its reason, and the right one connects it", async () => {
    const errors = await site.errorsOf(connectedTower({ clusterPassword: "Canary-Other-1" }));
    expect(errors).toMatch(/LOAD_CLUSTER_UNAUTHORIZED \(task c\w+ has failed\) — check user name and password/);
    expect(errors).not.toMatch(/Canary/);
    await site.up(connectedTower());
    expectConnected();
  });
});

test.each(["disconnected", "task", "refused"] as const)(
  "a connection that fails as %s is told, and the next run brings it about",
  async (failedConnect) => {
    await begin({ switches: { failedConnect } });
    const errors = await site.errorsOf(connectedTower({ clusterPassword: "Canary-Other-1" }));
    expect(errors).toMatch(/LOAD_CLUSTER_UNAUTHORIZED/);
    await site.up(connectedTower());
    expectConnected();
    expect(tower()?.clusters[0]?.password).toBe(CLUSTER_PASSWORD);
  },
);

test.each([400, 401, 404, 500] as const)("a log-in refused with %i is told as one", async (wrongLogin) => {
  await begin({ switches: { wrongLogin } });
  await site.up(connectedTower().slice(0, 1));
  await site.forget();
  expect(await site.errorsOf(connectedTower({ tower: { password: "Canary-Other-1" } }))).toMatch(
    /is set up already and refuses the log-in of root/,
  );
});

test("a task that is stuck is named when the time is up, and no second connection is begun", async () => {
  await begin({ speed: 100_000 }, { timeouts: JSON.stringify({ ClusterConnection: { create: "5m", update: "5m" } }) });
  await site.lab.setFaults([{ operation: "connectCluster", task: "stuck", count: 1 }]);
  expect(await site.errorsOf(connectedTower())).toMatch(/connecting cluster 10.0.20.10 has not ended.*EXECUTING 50 %/);
  expect(await site.errorsOf(connectedTower())).toMatch(
    /CloudTower to be done with cluster 10.0.20.10 has not ended.*last status: INITIALIZING, CREATING/,
  );
  expect(site.writes().filter((operation) => operation === "connectCluster")).toHaveLength(1);
});

test("a task that is paused is named when the time is up, and gone on with once it goes on", async () => {
  await begin({ speed: 100_000 }, { timeouts: JSON.stringify({ ClusterConnection: { create: "5m" } }) });
  await site.lab.setFaults([{ operation: "connectCluster", task: "paused", count: 1 }]);
  expect(await site.errorsOf(connectedTower())).toMatch(
    /connecting cluster 10.0.20.10 has not ended after .*last status: PAUSED.*task list.*raise timeouts.ClusterConnection.create/,
  );
  site.lab.cloudtower.resumeTasks();
  await site.up(connectedTower());
  expectConnected();
  expect(site.writes()).toEqual(["createRootUser", "createOrganization", "createDatacenter", "connectCluster"]);
});

test("a new log-in whose answer was lost is awaited, whatever the reason of the old one still says", async () => {
  await begin({ speed: 100 });
  await site.up(connectedTower());
  site.lab.smtxos.setRootPassword("Canary-Root-2");
  await site.engine.refresh();
  await site.lab.setFaults([{ operation: "updateCluster", task: "paused", drop: "after-commit", count: 1 }]);
  site.writes();
  // The task goes on only once its cluster has been looked at meanwhile.
  const goOn = vi.waitFor(() => {
    const all = site.lab.requests().map(({ operation }) => operation);
    const looks = all.slice(all.indexOf("updateCluster") + 1).filter((operation) => operation === "getClusters");
    expect(all).toContain("updateCluster");
    expect(looks.length).toBeGreaterThan(3);
    site.lab.cloudtower.resumeTasks();
  }, 10_000);
  await Promise.all([site.up(connectedTower({ clusterPassword: "Canary-Root-2" })), goOn]);
  expect(site.writes()).toEqual(["updateCluster"]);
  expectConnected();
});

test("a CloudTower without create-root-user takes the factory password, and no other, as the documents have it", async () => {
  await begin();
  await site.lab.setFaults([
    { operation: "createRootUser", answer: { status: 404, body: { message: "no", status: 404, path: "/" } } },
  ]);
  expect(await site.errorsOf(connectedTower())).toMatch(/takes? the factory password alone — put the factory password/);
  expect(tower()?.users).toEqual([]);
  await site.engine.kill();
  await site.up(connectedTower({ tower: { password: "HC!r0cks" } }));
  expectConnected();
  expect(site.writes()).toContain("graphqlCreateUser");
});

test("over plain http CloudTower is talked to only when it is named", async () => {
  await begin({ switches: { towerHttp: "serves" } });
  await site.up(connectedTower({ tower: { scheme: "http" } }));
  expectConnected();
  expect(new Set(site.lab.requests().map(({ endpoint }) => endpoint))).toEqual(new Set(["10.0.20.15:80"]));
});

test("a certificate that nothing vouches for stops everything before a password is sent", async () => {
  await begin();
  const { ca: _ca, ...reach } = site.lab.reach;
  writeFileSync(join(site.project.folder, "stacks", STACK, "reach.json"), JSON.stringify(reach));
  expect(await site.errorsOf(connectedTower())).toMatch(/10\.0\.20\.15:443/);
  expect(site.lab.requests()).toEqual([]);
});
