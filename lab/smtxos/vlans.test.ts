import { expect, test } from "vitest";
import { ask, type Session, standing, vdsRequest, withLab } from "../lab.fixture";
import type { LabSwitches } from "../switches";

interface Vlan {
  uuid: string;
  name: string;
  vlan_id: number | string;
  type: number;
}

async function business(session: Session, lab: Parameters<typeof vdsRequest>[0]): Promise<string> {
  await session.data("POST", "/network/vds", vdsRequest(lab, "vDS-Production", ["ens162"]));
  lab.site.pass(2);
  return uuidOf(session, "vDS-Production");
}

async function uuidOf(session: Session, name: string): Promise<string> {
  const vdses = await session.data<{ uuid: string; name: string }[]>("GET", "/network/vds");
  return vdses.find((vds) => vds.name === name)?.uuid as string;
}

const add = (session: Session, vds: string, name: string, vlan_id: unknown) =>
  session.call("POST", `/network/vds/${vds}/vlans`, { name, vlan_id, vds_uuid: vds });
const entities = async (session: Session, path: string) =>
  (await session.data<{ entities: Vlan[] }>("GET", path)).entities;

test("a VLAN is answered as made, listed under its switch and counted a while after", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    const made = (await add(session, vds, "VLAN-1120", 1120)).body.data;
    expect(made).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "VLAN-1120",
      vds_uuid: vds,
      vlan_id: 1120,
      type: 3,
      enable_dhcp: false,
      vms_count: 0,
      vm_snapshots_count: 0,
      vm_templates_count: 0,
      dhcp_config: null,
    });
    expect(await entities(session, `/network/vds/${vds}/vlans`)).toEqual([made]);
    expect(await session.data("GET", `/network/vds/${vds}/vlans/${made?.["uuid"]}`)).toEqual(made);
    const count = async () => (await session.data<{ vlans_count: number }>("GET", `/network/vds/${vds}`)).vlans_count;
    expect(await count()).toBe(0);
    lab.site.pass(1);
    expect(await count()).toBe(1);
  });
});

const usable = ["default", 0, 3];
const deployed = ["mgt-network", 0, 1];

test.each<[Partial<LabSwitches>, unknown[]]>([
  [{}, [usable, deployed]],
  [{ vlanOrder: "system-first" }, [deployed, usable]],
  [{ systemNetworks: false }, [usable]],
])(
  "with %j the management switch shows the platform's default and what the deployment made as %j",
  async (switches, networks) => {
    await withLab({ switches }, async (lab) => {
      const session = await standing(lab);
      const vds = await uuidOf(session, "VDS-MGT");
      const shown = (await entities(session, `/network/vds/${vds}/vlans`)).map(({ name, vlan_id, type }) => [
        name,
        vlan_id,
        type,
      ]);
      expect(shown).toEqual(networks);
      const { vlans_count } = await session.data<{ vlans_count: number }>("GET", `/network/vds/${vds}`);
      expect(vlans_count).toBe(shown.length);
    });
  },
);

test("the search finds the networks of virtual machines on all switches", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    await add(session, vds, "VLAN-1120", 1120);
    const found = await entities(session, "/network/vm_vlans/search");
    expect(found.map(({ name }) => name)).toEqual(["default", "VLAN-1120"]);
  });
});

test.each(["number", "string"] as const)("with vlanIdAs %s that is how every answer has it", async (vlanIdAs) => {
  await withLab({ switches: { vlanIdAs } }, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    // Both are taken.
    expect(typeof (await add(session, vds, "a", 20)).body.data?.["vlan_id"]).toBe(vlanIdAs);
    expect(typeof (await add(session, vds, "b", "21")).body.data?.["vlan_id"]).toBe(vlanIdAs);
    for (const { vlan_id } of await entities(session, `/network/vds/${vds}/vlans`))
      expect(typeof vlan_id).toBe(vlanIdAs);
  });
});

test.each<[string, unknown, string]>([
  ["an id that is there", 1120, "EEXIST"],
  ["an id that is there, as text", "1120", "EEXIST"],
  ["an id too high", 4095, "EINVAL"],
  ["no id", undefined, "EINVAL"],
  ["an id that is no number", "VLAN", "EINVAL"],
])("a VLAN with %s is refused", async (_what, id, ec) => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    await add(session, vds, "VLAN-1120", 1120);
    expect(await add(session, vds, "other", id)).toMatchObject({ status: 200, body: { ec } });
    expect(await entities(session, `/network/vds/${vds}/vlans`)).toHaveLength(1);
    const management = await uuidOf(session, "VDS-MGT");
    expect((await add(session, management, "VLAN-1120", 1120)).body.ec).toBe("EOK");
  });
});

test("a VLAN for another switch than the path's is refused", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const management = await uuidOf(session, "VDS-MGT");
    const body = { name: "a", vlan_id: 1, vds_uuid: await uuidOf(session, "VDS-SDS") };
    expect((await session.call("POST", `/network/vds/${management}/vlans`, body)).body.ec).toBe("EINVAL");
  });
});

test.each([
  ["taken", "EOK"],
  ["busy", "EBUSY"],
] as const)(
  "with earlyVlan %s a VLAN for a switch whose job has not ended is answered with %s",
  async (earlyVlan, ec) => {
    await withLab({ speed: 0, switches: { earlyVlan } }, async (lab) => {
      const session = await standing(lab);
      await session.data("POST", "/network/vds", vdsRequest(lab, "early", ["ens162"]));
      const vds = await uuidOf(session, "early");
      expect((await add(session, vds, "a", 1)).body.ec).toBe(ec);
      lab.site.pass(1);
      const left = (await entities(session, `/network/vds/${vds}/vlans`)).map(({ name }) => name);
      expect(left).toEqual(ec === "EOK" ? ["a"] : []);
    });
  },
);

test("a VLAN for a switch whose job fails goes with it", async () => {
  await withLab({ speed: 0, faults: [{ operation: "createVds", job: "fails" }] }, async (lab) => {
    const session = await standing(lab);
    await session.data("POST", "/network/vds", vdsRequest(lab, "early", ["ens162"]));
    await add(session, await uuidOf(session, "early"), "a", 1);
    lab.site.pass(1);
    expect((await entities(session, "/network/vm_vlans/search")).map(({ name }) => name)).toEqual(["default"]);
  });
});

test("a VLAN is renamed, moved to another id and deleted; the cluster's own networks are not", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    const { uuid } = (await add(session, vds, "VLAN-1120", 1120)).body.data as unknown as Vlan;
    await add(session, vds, "VLAN-1121", 1121);
    const path = `/network/vds/${vds}/vlans/${uuid}`;
    expect(await session.data("PUT", path, { name: "office" })).toMatchObject({ uuid, name: "office", vlan_id: 1120 });
    expect((await session.call("PUT", path, { vlan_id: 1121 })).body.ec).toBe("EEXIST");
    expect(await session.data("PUT", path, { vlan_id: 1122 })).toMatchObject({ name: "office", vlan_id: 1122 });
    expect((await session.call("PUT", path, { vds_uuid: "other" })).body.ec).toBe("EINVAL");
    await session.data("DELETE", path);
    expect((await session.call("DELETE", path)).body.ec).toBe("ENOTFOUND");
    expect((await entities(session, `/network/vds/${vds}/vlans`)).map(({ name }) => name)).toEqual(["VLAN-1121"]);
    const management = await uuidOf(session, "VDS-MGT");
    const own = (await entities(session, `/network/vds/${management}/vlans`)).find(({ type }) => type === 1);
    expect((await session.call("DELETE", `/network/vds/${management}/vlans/${own?.uuid}`)).body.ec).toBe("EINVAL");
  });
});

test.each([404, 405] as const)("with changeVlan %i a VLAN cannot be changed or deleted", async (changeVlan) => {
  await withLab({ switches: { changeVlan } }, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    const { uuid } = (await add(session, vds, "VLAN-1120", 1120)).body.data as unknown as Vlan;
    const path = `/network/vds/${vds}/vlans/${uuid}`;
    expect((await session.call("PUT", path, { name: "b" })).status).toBe(changeVlan);
    expect((await session.call("DELETE", path)).status).toBe(changeVlan);
    expect((await session.call("GET", path)).body.data?.["name"]).toBe("VLAN-1120");
  });
});

test("what somebody changes by hand is what lists show", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    await add(session, vds, "VLAN-1120", 1120);
    lab.smtxos.changeVlan("VLAN-1120", (vlan) => {
      vlan.vlanId = 1130;
    });
    lab.smtxos.changeVds("vDS-Production", (each) => {
      for (const host of each.hosts) host.nics = ["ens194"];
    });
    expect(await entities(session, `/network/vds/${vds}/vlans`)).toMatchObject([{ vlan_id: 1130 }]);
    expect(await session.data("GET", `/network/vds/${vds}`)).toMatchObject({
      hosts_associated: Array(3).fill({ nics_associated: ["ens194"] }),
    });
    expect(() => lab.smtxos.changeVlan("none", () => {})).toThrow("no VLAN none in the lab");
    expect(() => lab.smtxos.changeVds("none", () => {})).toThrow("no switch none in the lab");
  });
});

test.each([
  ["drop", "before-commit", []],
  ["drop", "after-commit", ["VLAN-1120"]],
  ["hang", "after-commit", ["VLAN-1120"]],
] as const)("with %s %s of its creation the VLANs that are there are %j", async (what, when, left) => {
  await withLab({ faults: [{ operation: "createVlan", count: 1, [what]: when }] }, async (lab) => {
    const session = await standing(lab);
    const vds = await business(session, lab);
    const body = { name: "VLAN-1120", vlan_id: 1120, vds_uuid: vds };
    const path = `/api/v2/network/vds/${vds}/vlans`;
    await expect(ask(lab, "POST", path, { token: session.token, body, timeout: 1_000 })).rejects.toThrow();
    expect((await entities(session, `/network/vds/${vds}/vlans`)).map(({ name }) => name)).toEqual(left);
    expect((await session.call("POST", `/network/vds/${vds}/vlans`, body)).body.ec).toBe(
      left.length ? "EEXIST" : "EOK",
    );
  });
});
