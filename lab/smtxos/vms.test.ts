import { expect, test } from "vitest";
import type { Lab } from "../lab";
import { type Session, standing, towerVm, wholeIso, withLab } from "../lab.fixture";

type Body = Record<string, unknown>;

/** The runbook's request, for this lab. */
async function request(session: Session, path: string, vm_name = "cloudtower") {
  const { nics, disks, ...machine } = await towerVm(session, path);
  return { ...machine, vm_name, description: "a tower", nics: nics as Body[], disks: disks as Body[], existDisks: [] };
}

interface Seen extends Body {
  uuid: string;
  status: string;
  guest_info: { ga_state?: string; nics?: Body[] } | null;
  nics: (Body & { mac_address: string })[];
}

const iso = async (lab: Lab, session: Session) =>
  (await wholeIso(lab, session, "cloudtower.iso", Buffer.from("iso"))).image_path;
const read = (session: Session, uuid: string) => session.data<Seen>("GET", `/vms/${uuid}`);
const listed = async (session: Session) => (await session.data<{ entities: Seen[] }>("GET", "/vms")).entities;

/** Sends a call that starts a job, lets the job end, and returns its state and what it shows of machines. */
async function done(lab: Lab, session: Session, method: string, path: string, body?: unknown) {
  const { job_id } = await session.data<{ job_id: string }>(method, path, body);
  lab.site.pass(1);
  const { job } = await session.data<{ job: { state: string; description: string; resources: Record<string, Body> } }>(
    "GET",
    `/jobs/${job_id}`,
  );
  return job;
}

async function made(lab: Lab, session: Session, change: Body = {}): Promise<string> {
  const job = await done(lab, session, "POST", "/vms", {
    ...(await request(session, await iso(lab, session))),
    ...change,
  });
  return Object.keys(job.resources)[0] as string;
}

test("a machine is made by a job that names it, as the runbook shows both", async () => {
  await withLab({ speed: 1 }, async (lab) => {
    const session = await standing(lab);
    const path = await iso(lab, session);
    const wanted = await request(session, path);
    const { job_id } = await session.data<{ job_id: string }>("POST", "/vms", wanted);
    expect(await session.job(job_id)).toBe("pending");
    expect((await listed(session))[0]).toMatchObject({ vm_name: "cloudtower", status: "stopped" });
    lab.site.pass(1);
    const { job } = await session.data<{ job: { resources: Record<string, Body> } }>("GET", `/jobs/${job_id}`);
    const [uuid = ""] = Object.keys(job.resources);
    expect(job).toMatchObject({
      state: "done",
      description: "VM_CREATE",
      type: "action",
      resources: { [uuid]: { uuid, vm_name: "cloudtower", vcpu: 8, cpu: { topology: { sockets: 8, cores: 1 } } } },
    });
    const vm = await read(session, uuid);
    expect(vm).toMatchObject({
      vm_name: "cloudtower",
      description: "a tower",
      vcpu: 8,
      memory: 20_401_094_656,
      status: "running",
      type: "KVM_VM",
      guest_os_type: "unknown",
      ha: true,
      firmware: "BIOS",
      disks: [
        { type: "disk", name: "cloudtower-os", size: 429_496_729_600, boot: 1 },
        { type: "cdrom", path, boot: 2 },
      ],
    });
    expect(vm.nics[0]).toMatchObject({ ...wanted.nics[0], vlans: [{ name: "default", vlan_id: 0 }] });
    expect(vm.nics[0]?.mac_address).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });
});

test("the guest tools run a quarter of an hour after the first start, and at once after a later one", async () => {
  await withLab({ speed: 1 }, async (lab) => {
    const session = await standing(lab);
    const uuid = await made(lab, session);
    const state = async () => (await read(session, uuid)).guest_info?.ga_state;
    expect(await state()).toBeUndefined();
    // Cut in the middle, the installation begins anew.
    lab.site.pass(10);
    await done(lab, session, "POST", `/vms/${uuid}/stop`, { force: true });
    await done(lab, session, "POST", `/vms/${uuid}/start`, { auto_schedule: true });
    lab.site.pass(10);
    expect(await state()).toBeUndefined();
    lab.site.pass(5);
    expect(await state()).toBe("Running");
    await done(lab, session, "POST", `/vms/${uuid}/stop`, { force: false });
    expect(await state()).toBeUndefined();
    await done(lab, session, "POST", `/vms/${uuid}/start`);
    lab.site.pass(1);
    expect(await state()).toBe("Running");
  });
});

test("an address is set through the tools alone, and shown in the guest", async () => {
  await withLab({ speed: 1 }, async (lab) => {
    const session = await standing(lab);
    const uuid = await made(lab, session);
    const { nics } = await request(session, "");
    const { mac_address } = (await read(session, uuid)).nics[0] ?? {};
    const address = { ip_address: "10.0.20.220", subnet_mask: "255.255.255.0", gateway: "10.0.20.1" };
    const body = { nics: [{ ...nics[0], mac_address, ...address }] };
    expect((await session.call("PUT", `/vms/${uuid}`, body)).body).toMatchObject({ ec: "EINVAL" });
    lab.site.pass(15);
    expect(await done(lab, session, "PUT", `/vms/${uuid}`, body)).toMatchObject({ state: "done" });
    const vm = await read(session, uuid);
    expect(vm.nics).toMatchObject([{ mac_address, ip_address: "10.0.20.220", gateway: "10.0.20.1" }]);
    expect(vm.guest_info?.nics?.[1]).toMatchObject({
      hardware_address: mac_address,
      gateway_ip: "10.0.20.1",
      ip_addresses: [{ ip_address: "10.0.20.220", netmask: "255.255.255.0", prefix: "24" }],
    });
  });
});

test("a machine is deleted when it is stopped, and its volumes only when told so", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const uuid = await made(lab, session);
    const remove = (include_volumes: boolean) => done(lab, session, "DELETE", `/vms/${uuid}`, { include_volumes });
    await expect(remove(true)).rejects.toThrow("is running");
    await done(lab, session, "POST", `/vms/${uuid}/stop`, { force: true });
    expect(await remove(false)).toMatchObject({ state: "done" });
    expect(await listed(session)).toEqual([]);
    expect((await session.call("GET", `/vms/${uuid}`)).body.ec).toBe("ENOTFOUND");
    expect(lab.site.model.cluster?.volumes).toMatchObject([{ name: "cloudtower-os" }]);
    const job = await done(lab, session, "POST", "/vms", {
      ...(await request(session, await iso(lab, session))),
      status: "stopped",
    });
    await done(lab, session, "DELETE", `/vms/${Object.keys(job.resources)[0]}`, { include_volumes: true });
    expect(lab.site.model.cluster?.volumes).toHaveLength(1);
  });
});

test("CPUs and memory change on a stopped machine, its name on any", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const uuid = await made(lab, session);
    const cpu = { topology: { sockets: 4, cores: 4 } };
    const change = (body: Body) => session.call("PUT", `/vms/${uuid}`, body);
    expect((await change({ vcpu: 16, cpu, ha: true })).body.ec).toBe("EBUSY");
    await done(lab, session, "PUT", `/vms/${uuid}`, { vm_name: "tower", ha: false });
    await done(lab, session, "POST", `/vms/${uuid}/stop`, { force: true });
    expect((await change({ vcpu: 12, cpu, ha: true })).body.ec).toBe("EINVAL");
    await done(lab, session, "PUT", `/vms/${uuid}`, { vcpu: 16, cpu, memory: 1024, ha: true });
    expect(await read(session, uuid)).toMatchObject({ vm_name: "tower", vcpu: 16, cpu, memory: 1024, ha: true });
  });
});

test("requests that do not fit are refused and nothing is made", async () => {
  await withLab({ speed: 1 }, async (lab) => {
    const session = await standing(lab);
    const half = await session.data<{ image_path: string }>(
      "POST",
      "/images/upload/volume?name=half&size=3&device=nfs&task_id=2",
    );
    const good = await request(session, await iso(lab, session));
    const [disk, cdrom] = good.disks;
    const [nic] = good.nics;
    const wrong: Body[] = [
      { vm_name: undefined },
      { vcpu: 9 },
      { cpu_models: "x" },
      { nics: [{ ...nic, vlan_uuid: "none" }] },
      { nics: [{ ...nic, ovs: "ovsbr-none" }] },
      { disks: [{ ...disk, storage_policy_uuid: "none" }] },
      { disks: [disk, { ...cdrom, path: "iscsi://none/1" }] },
      { disks: [disk, { ...cdrom, path: half.image_path }] },
    ];
    const codes: unknown[] = [];
    for (const change of wrong) codes.push((await session.call("POST", "/vms", { ...good, ...change })).body.ec);
    expect(codes).toEqual(["EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "EBUSY"]);
    expect(await listed(session)).toEqual([]);
    const { job_id } = await session.data<{ job_id: string }>("POST", "/vms", good);
    expect(await session.job(job_id)).toBe("pending");
    const [vm] = await listed(session);
    expect((await session.call("POST", `/vms/${vm?.uuid}/start`, {})).body.ec).toBe("EBUSY");
  });
});

test("an image that lies in a drive is not deleted, and counts its machines", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await made(lab, session);
    const images = async () => (await session.data<{ images: (Body & { uuid: string })[] }>("GET", "/images")).images;
    const [image] = await images();
    expect(image).toMatchObject({ vms_count: 1 });
    expect((await session.call("DELETE", `/images/${image?.uuid}`)).body.ec).toBe("EINUSE");
    expect(await images()).toHaveLength(1);
  });
});

test("the switches change what stands before the tools run, and whether an image brings them", async () => {
  await withLab(
    { switches: { guestTools: "missing", noGuest: "not-running", mountedImage: "deleted" } },
    async (lab) => {
      const session = await standing(lab);
      const uuid = await made(lab, session);
      expect((await read(session, uuid)).guest_info).toEqual({ ga_state: "NotRunning" });
      const [image] = lab.site.model.cluster?.images ?? [];
      await session.data("DELETE", `/images/${image?.uuid}`);
      expect(lab.site.model.cluster?.images).toEqual([]);
    },
  );
  await withLab(
    { switches: { noGuest: "null", nicAddress: "guest-only", changeVm: "refused" }, speed: 1 },
    async (lab) => {
      const session = await standing(lab);
      const uuid = await made(lab, session);
      expect((await read(session, uuid)).guest_info).toBeNull();
      expect((await session.call("PUT", `/vms/${uuid}`, { vm_name: "x" })).body.ec).toBe("EINVAL");
      lab.smtxos.changeVm("cloudtower", (vm) => {
        for (const nic of vm.nics) nic.address = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "" };
      });
      expect((await read(session, uuid)).nics[0]).not.toHaveProperty("ip_address");
    },
  );
});

test.each([
  ["made", { sameVmName: "made" }, 2, ["running", "running"]],
  ["refused", { sameVmName: "refused" }, 1, ["running"]],
  ["failed in its job", { sameVmName: "fails" }, 1, ["running"]],
  ["left by a job that failed", { sameVmName: "fails", failedVm: "left" }, 2, ["running", "stopped"]],
] as const)("a second machine of one name is %s", async (_what, switches, count, statuses) => {
  await withLab({ switches }, async (lab) => {
    const session = await standing(lab);
    const good = await request(session, await iso(lab, session));
    await done(lab, session, "POST", "/vms", good);
    const { body } = await session.call("POST", "/vms", good);
    const id = body.data?.["job_id"];
    if (typeof id === "string") expect(await session.job(id)).toBe(switches.sameVmName === "made" ? "done" : "failed");
    else expect(body.ec).toBe("EEXIST");
    expect(await listed(session)).toHaveLength(count);
    expect((await listed(session)).map(({ status }) => status)).toEqual(statuses);
  });
});

test("with vmListed done a machine is listed once its job has ended", async () => {
  await withLab({ switches: { vmListed: "done" }, speed: 1 }, async (lab) => {
    const session = await standing(lab);
    await session.data("POST", "/vms", await request(session, await iso(lab, session)));
    expect(await listed(session)).toEqual([]);
    lab.site.pass(1);
    expect(await listed(session)).toHaveLength(1);
  });
});
