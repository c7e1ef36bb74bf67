import { expect, test, vi } from "vitest";
import type { FaultRule } from "../../lab/faults";
import type { Lab } from "../../lab/lab";
import { labPlan } from "../../lab/lab.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { TestEngine } from "../kit/test-engine";
import { clusterTemplate, labSites } from "./lab-site";

const beginSite = labSites(() => clusterTemplate());
let lab: Lab;
let engine: TestEngine;
const begin = async (speed: number | "instant" = "instant") => {
  ({ lab, engine } = await beginSite({ speed }));
};

const cluster = () => lab.site.model.cluster as LabCluster;
const vlans = () => cluster().vlans.filter(({ name }) => name.startsWith("VLAN-"));
const committed = () =>
  lab
    .requests()
    .filter(({ write, committed: done }) => write && done)
    .map(({ operation }) => operation);

function program({ nics = ["ens162", "ens194"], vlanId = 1120 } = {}): ResourceSpec[] {
  const plan = labPlan();
  const addresses = plan.hosts.map(({ management }) => management);
  const connection = { name: plan.cluster.name, addresses, username: "root", password: "Canary-Root-1" };
  const hosts = lab.site.model.hosts.map(({ uuid, storageIp }) => ({ uuid, storageIp, nics }));
  return [
    {
      name: "switch",
      type: "smtxos:VirtualDistributedSwitch",
      args: { connection, name: "vDS-Production", bondMode: "balance-tcp", hosts },
    },
    {
      name: "vlan",
      type: "smtxos:Vlan",
      args: { connection, vds: { $ref: "switch.uuid" }, name: `VLAN-${vlanId}`, vlanId },
    },
  ];
}

/** A VLAN alone, on the switch of the deployment. */
function vlanAlone(): ResourceSpec[] {
  const vds = cluster().vdses.find(({ name }) => name === "VDS-MGT")?.uuid ?? "";
  return program().flatMap((spec) => (spec.name === "vlan" ? [{ ...spec, args: { ...spec.args, vds } }] : []));
}

const busy = (operation: string, ec = "EBUSY", count?: number): FaultRule => ({
  operation,
  ...(count !== undefined && { count }),
  answer: { status: 200, body: { ec, data: {}, error: { msg: "another job has not ended" } } },
});

test("what another job is at for a while is made, changed and deleted once, by the run that met it", async () => {
  await begin();
  const rules = ["createVlan", "updateVds", "updateVlan", "deleteVlan", "deleteVds"].map((operation, index) =>
    busy(operation, index % 2 ? "EBUSY" : "RESOURCE_LOCKED", 2),
  );
  await lab.setFaults(rules);
  for (const specs of [program(), program({ nics: ["ens162"], vlanId: 1121 }), []])
    expect(await engine.up(specs)).toMatchObject({ errors: [] });
  expect(lab.faultsApplied()).toEqual(rules.map(() => 2));
  expect(committed()).toEqual(["createVds", "createVlan", "updateVds", "updateVlan", "deleteVlan", "deleteVds"]);
  expect(vlans()).toEqual([]);
});

test("a switch whose job the site does not know is found, and not made again", async () => {
  await begin();
  await lab.setFaults([{ operation: "readJob", answer: { status: 404, body: { ec: "ENOTFOUND" } } }]);
  expect(await engine.up(program())).toMatchObject({ errors: [] });
  expect(committed()).toEqual(["createVds", "createVlan"]);
});

test("a job that does not end is named with what the site says and what to do", async () => {
  await begin();
  expect(await engine.up(program())).toMatchObject({ errors: [] });
  await lab.setFaults([busy("updateVds")]);
  const { errors } = await engine.up(program({ nics: ["ens162"] }));
  expect(errors.join()).toMatch(
    /Unable to change virtual switch vDS-Production on HCI-01: PUT \S+ was refused with EBUSY: another job has not ended — look at its job in Fisheye's task list; once it has ended, up again/,
  );
  await lab.setFaults([]);
  expect(await engine.up(program({ nics: ["ens162"] }))).toMatchObject({ errors: [] });
  expect(committed()).toEqual(["createVds", "createVlan", "updateVds"]);
});

test("a VLAN that somebody makes while its switch is busy is neither doubled nor taken", async () => {
  await begin(10);
  await lab.setFaults([busy("createVlan")]);
  const run = engine.up(vlanAlone());
  await vi.waitUntil(() => (lab.faultsApplied()[0] ?? 0) > 0, { timeout: 20_000 });
  lab.site.change(({ cluster: changed }) => {
    const made = { uuid: "0a0b0c0d-0000-4000-8000-000000000001", name: "VLAN-1120", vlanId: 7, settledAt: 0 };
    changed?.vlans.push({ ...made, use: "vm", vds: changed.vdses.find(({ name }) => name === "VDS-MGT")?.uuid ?? "" });
  });
  await lab.setFaults([]);
  expect((await run).errors.join()).toMatch(
    /VLAN VLAN-1120 has come to stand on HCI-01 while its switch \S+ was busy — up again/,
  );
  expect((await engine.up(vlanAlone())).errors.join()).toMatch(
    /Vlan\/VLAN-1120 stands already on HCI-01 \(id 0a0b0c0d\S+\) and is not known to be this stack's — to take it over/,
  );
  expect(committed()).toEqual([]);
  expect(vlans()).toMatchObject([{ vlanId: 7 }]);
});
