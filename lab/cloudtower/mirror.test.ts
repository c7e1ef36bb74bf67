import { expect, test } from "vitest";
import { ask, type Session, vdsRequest } from "../lab.fixture";
import { connect, type Tower, withCluster } from "./tower.fixture";

interface Named {
  id: string;
  name: string;
  local_id: string;
}

async function uuidOf(session: Session, name: string): Promise<string> {
  const vdses = await session.data<{ uuid: string; name: string }[]>("GET", "/network/vds");
  return vdses.find((vds) => vds.name === name)?.uuid as string;
}

const named = async (tower: Tower, path: string, where = {}) =>
  (await tower.data<Named[]>(path, { where })).map(({ name }) => name);

test("what Fisheye makes CloudTower shows, under ids of its own", async () => {
  await withCluster({}, async (tower, session, password) => {
    const { cluster } = await connect(tower, password);
    await session.data("POST", "/network/vds", vdsRequest(tower.lab, "vDS-Production", ["ens162"]));
    tower.lab.site.pass(2);
    const vds = await uuidOf(session, "vDS-Production");
    const vlan = await session.data<{ uuid: string }>("POST", `/network/vds/${vds}/vlans`, {
      name: "VLAN-1120",
      vlan_id: 1120,
      vds_uuid: vds,
    });
    const { ovsbr_name } = await session.data<{ ovsbr_name: string }>("GET", `/network/vds/${vds}`);
    const [shown] = await tower.data<Named[]>("/get-vdses", { where: { name: "vDS-Production" } });
    expect(shown).toMatchObject({
      local_id: vds,
      ovsbr_name,
      bond_mode: "",
      cluster: { id: cluster },
      nics: Array(3).fill({ name: "ens162" }),
      vlans: [{ name: "VLAN-1120" }],
      vlans_num: 1,
    });
    expect(await tower.data("/get-vlans", { where: { vds: { id: shown?.id } } })).toMatchObject([
      {
        local_id: vlan.uuid,
        name: "VLAN-1120",
        vlan_id: 1120,
        mode_type: "VLAN_ACCESS",
        network_ids: ["1120"],
        type: "VM",
        vds: { id: shown?.id, name: "vDS-Production" },
      },
    ]);
    expect(await named(tower, "/get-vlans", { vds: { cluster: { id: cluster } }, type: "VM" })).toEqual([
      "default",
      "VLAN-1120",
    ]);
    expect(await tower.data("/get-clusters")).toMatchObject([
      { vdses: [{ name: "VDS-MGT" }, { name: "VDS-SDS" }, { id: shown?.id, name: "vDS-Production" }] },
    ]);
    await session.data("DELETE", `/network/vds/${vds}/vlans/${vlan.uuid}`);
    expect(await named(tower, "/get-vlans", { vlan_id: 1120 })).toEqual([]);
  });
});

test("a switch is shown once its job has ended, and a change by hand at once", async () => {
  await withCluster({ speed: 0 }, async (tower, session, password) => {
    await connect(tower, password);
    tower.lab.site.pass(1);
    await session.data("POST", "/network/vds", vdsRequest(tower.lab, "vDS-Production", ["ens162"]));
    expect(await named(tower, "/get-vdses")).toEqual(["VDS-MGT", "VDS-SDS"]);
    tower.lab.site.pass(1);
    expect(await named(tower, "/get-vdses")).toEqual(["VDS-MGT", "VDS-SDS", "vDS-Production"]);
    tower.lab.smtxos.changeVlan("default", (vlan) => {
      vlan.vlanId = 12;
    });
    expect(await named(tower, "/get-vlans", { vlan_id: 12 })).toEqual(["default"]);
  });
});

test("the cluster's settings are those of Fisheye", async () => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    tower.lab.smtxos.changeSettings({
      dns: ["10.0.0.114"],
      ntp: { mode: "external", servers: ["10.0.0.2", "ntp.c89.fun"] },
      cpuModel: "EPYC",
    });
    expect(await tower.data("/get-clusters", { where: { ntp_mode: "EXTERNAL" } })).toMatchObject([
      {
        dns: ["10.0.0.114"],
        ntp_servers: ["10.0.0.2", "ntp.c89.fun"],
        current_cpu_model: "EPYC",
        recommended_cpu_models: ["EPYC"],
      },
    ]);
  });
});

test("hosts are those of the site, with the addresses and the serial that it has", async () => {
  await withCluster({ cloudtowerVersion: "4.8.0" }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const hosts = await tower.data<Named[]>("/get-hosts", { where: { cluster: { id: cluster } } });
    expect(hosts).toMatchObject(
      tower.lab.site.model.hosts.map((host) => ({
        local_id: host.uuid,
        name: host.hostname,
        management_ip: host.managementIp,
        data_ip: host.storageIp,
        serial: host.serial,
        status: "CONNECTED_HEALTHY",
        merged_status: "HEALTHY",
      })),
    );
    expect(new Set(hosts.map(({ id }) => id)).size).toBe(3);
    tower.lab.smtxos.renameHost("10.0.20.101", "renamed");
    expect(await named(tower, "/get-hosts", { management_ip: "10.0.20.101" })).toEqual(["renamed"]);
  });
});

test("an image of the tools is shown once it is whole", async () => {
  await withCluster({}, async (tower, { token }, password) => {
    const { cluster } = await connect(tower, password);
    const volume = "/api/v2/svt_image/create_volume?name=SMTX_VMTOOLS-3.2.0.iso&size=4";
    const made = (await ask(tower.lab, "POST", volume, { token })).body.data as Record<string, string>;
    expect(await tower.data("/get-svt-images")).toEqual([]);
    const form = new FormData();
    form.set("file", new Blob(["data"]), "chunk");
    const sent = new Response(form);
    const chunk = `/api/v2/svt_image/upload_template?zbs_volume_id=${made["zbs_volume_id"]}&chunk_num=0&image_uuid=${made["image_uuid"]}`;
    const headers = { "content-type": sent.headers.get("content-type") ?? "" };
    const body = Buffer.from(await sent.arrayBuffer());
    expect((await ask(tower.lab, "POST", chunk, { token, headers, body })).body.ec).toBe("EOK");
    expect(await tower.data("/get-svt-images", { where: { cluster: { id: cluster } } })).toMatchObject([
      { name: "SMTX_VMTOOLS-3.2.0.iso", local_id: made["image_uuid"], path: made["image_path"], size: 4 },
    ]);
  });
});

test("a cluster that is connected anew has other ids", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const before = await tower.data<Named[]>("/get-vdses");
    await tower.data("/delete-cluster", { where: { id: cluster } });
    expect(await tower.data("/get-vdses")).toEqual([]);
    expect(await tower.data("/get-hosts")).toEqual([]);
    const again = await connect(tower, password);
    expect(again.cluster).not.toBe(cluster);
    const after = await tower.data<Named[]>("/get-vdses");
    expect(after.map(({ local_id }) => local_id)).toEqual(before.map(({ local_id }) => local_id));
    for (const { id } of after) expect(before.map((each) => each.id)).not.toContain(id);
  });
});

test("a stale read shows CloudTower as it was, and the log-in of now holds", async () => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    await tower.lab.setFaults([{ operation: "getDatacenters", skip: 1, count: 1, staleRead: true }]);
    expect(await tower.data("/get-datacenters")).toMatchObject([{ cluster_num: 1 }]);
    expect(await tower.data("/get-datacenters")).toMatchObject([{ cluster_num: 0 }]);
    expect(await tower.data("/get-datacenters")).toMatchObject([{ cluster_num: 1 }]);
  });
});
