import { expect, test } from "vitest";
import { changed, madeVm, vmOf, vmRequest, withConnected } from "./machines.fixture";

const TEMPLATE = { name: "rocky-9", cloud_init_supported: true };

test("nothing is made from a template or a snapshot that a task works on", async () => {
  await withConnected({ speed: 1 }, async (at) => {
    const { id: vm_id } = await madeVm(at);
    const [template] = await at.tower.data<{ data: { id: string } }[]>("/clone-vm-template-from-vm", [
      { ...TEMPLATE, vm_id },
    ]);
    const [snapshot] = await at.tower.data<{ data: { id: string } }[]>("/create-vm-snapshot", {
      data: [{ name: "before", vm_id }],
    });
    const ofTemplate = [{ template_id: template?.data.id, is_full_copy: false, name: "web-02" }];
    const ofSnapshot = [{ rebuild_from_snapshot_id: snapshot?.data.id, name: "web-03" }];
    for (const [path, body] of [
      ["/create-vm-from-template", ofTemplate],
      ["/rebuild-vm-from-snapshot", ofSnapshot],
    ] as const)
      expect((await at.tower.post(path, body)).body).toMatchObject({
        status: 400,
        message: expect.stringMatching(/^a task on (template|snapshot) \S+ has not ended$/),
      });
  });
});

test("a copy has the options and the guest of its source, and what cloud-init sets instead", async () => {
  await withConnected({}, async (at) => {
    const { id: vm_id } = await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    await changed(at, "/update-vm-advanced-options", {
      where: { id: vm_id },
      data: { video_type: "VGA", clock_offset: "LOCALTIME" },
    });
    at.tower.lab.site.change(({ cluster }) => {
      for (const vm of cluster?.vms ?? []) Object.assign(vm, { installed: true, guest: { hostname: "source" } });
    });
    await changed(at, "/clone-vm-template-from-vm", [{ ...TEMPLATE, vm_id }]);
    const [template] = await at.tower.data<{ id: string }[]>("/get-vm-templates");
    expect(template).toMatchObject({ video_type: "VGA", clock_offset: "LOCALTIME" });
    const like = { template_id: template?.id, is_full_copy: false, status: "RUNNING" };
    const hostnames = [];
    for (const [name, more] of [
      ["web-02", {}],
      ["web-03", { cloud_init: { hostname: "own" } }],
    ] as const) {
      const { resource_id } = await changed(at, "/create-vm-from-template", [{ ...like, ...more, name }]);
      at.tower.lab.site.pass(60_000);
      hostnames.push((await vmOf(at, String(resource_id)))["hostname"]);
    }
    expect(hostnames).toEqual(["source", "own"]);
  });
});
