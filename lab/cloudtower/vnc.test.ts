import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, madeVm, vmRequest, withConnected } from "./machines.fixture";
import { TOWER } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

const QUERY = "query vnc($input: VncInput!) { vnc(input: $input) { vm_uuid host_ip cluster_ip raw_token } }";
interface Vnc {
  vnc: { vm_uuid: string; host_ip: string; cluster_ip: string; raw_token: string; token: string };
}

/** A connected cluster with the machine `web-01`, which runs. */
function withMachine(
  options: Partial<LabOptions>,
  body: (at: Connected, vm: { id: string; local_id: string }) => Promise<void>,
) {
  return withConnected(options, async (at) => body(at, await madeVm(at)));
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s tells the way to the screen of a machine that runs, by REST and by GraphQL",
  async (cloudtowerVersion) => {
    await withMachine({ cloudtowerVersion }, async (at, { id, local_id }) => {
      const { body } = await at.tower.graphql<Vnc>(QUERY, { input: { vm: { id } } });
      const { vnc } = body.data;
      expect(vnc).toMatchObject({ vm_uuid: local_id, host_ip: "10.0.20.101", cluster_ip: "10.0.20.10" });
      const info = await at.tower.data("/get-vm-vnc-info", { vm: { local_id } });
      expect(info).toMatchObject({
        vm: { id, name: "web-01" },
        redirect: expect.stringMatching(
          `^wss://${TOWER}/websockify/\\?uuid=${local_id}&token=[^&]+%3D&host=10.0.20.101$`,
        ),
        direct: `wss://10.0.20.10/websockify/?uuid=${local_id}&token=${vnc.raw_token}&host=10.0.20.101`,
        cluster_ip: "10.0.20.10",
      });
    });
  },
);

test("the host is the one that the machine runs on", async () => {
  await withMachine({}, async (at) => {
    const { id } = await madeVm(at, vmRequest(at, "web-02"));
    const { body } = await at.tower.graphql<Vnc>(QUERY, { input: { vm: { id } } });
    expect(body.data.vnc.host_ip).toBe("10.0.20.102");
  });
});

test("one that does not run, and one that is not there, have none", async () => {
  await withConnected({}, async (at) => {
    const { id } = await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    expect((await at.tower.post("/get-vm-vnc-info", { vm: { id } })).status).toBe(400);
    expect((await at.tower.post("/get-vm-vnc-info", { vm: { id: "nobody" } })).status).toBe(404);
    const { status, body } = await at.tower.graphql<Vnc>(QUERY, { input: { vm: { id } } });
    expect([status, body.errors?.[0]?.message]).toEqual([200, "virtual machine web-01 is stopped"]);
  });
});

test("switched otherwise, links are paths or tokens, and GraphQL knows no token", async () => {
  await withMachine({ switches: { vncLinks: "paths", vncToken: false } }, async (at, { id, local_id }) => {
    const info = await at.tower.data("/get-vm-vnc-info", { vm: { id } });
    expect(info).toMatchObject({ direct: expect.stringMatching(`^/websockify/\\?uuid=${local_id}&`) });
    const { status, body } = await at.tower.graphql<Vnc>(QUERY.replace("raw_token", "token"), {
      input: { vm: { id } },
    });
    expect([status, body.errors?.[0]?.message]).toEqual([400, expect.stringContaining('Cannot query field "token"')]);
  });
  await withMachine({ switches: { vncLinks: "tokens" } }, async (at, { id }) => {
    const info = await at.tower.data<object>("/get-vm-vnc-info", { vm: { id } });
    expect(info).toMatchObject({ redirect: expect.not.stringContaining("/websockify") });
    expect(info).not.toHaveProperty("direct");
  });
});
