import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, changed, madeVm, vmOf, vmRequest, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

type Row = Record<string, unknown> & { id: string };

const plans = ({ tower }: Connected, where = {}) => tower.data<Row[]>("/get-snapshot-plans", { where });

const request = ({ cluster }: Connected, vms: string[], more: object = {}) => ({
  cluster_id: cluster,
  name: "nightly",
  vm_ids: vms,
  execute_plan_type: "DAY",
  execute_intervals: [1],
  exec_h_m: "02:30",
  start_time: "2026-01-01T08:00:00+08:00",
  remain_snapshot_num: 7,
  ...more,
});

/** A plan, made. */
async function made(at: Connected, vms: string[], more?: object): Promise<string> {
  const [answer] = await at.tower.data<WithTask[]>("/create-snapshot-plan", [request(at, vms, more)]);
  at.tower.lab.site.pass(1);
  await plans(at);
  at.tower.lab.site.pass(1);
  return answer?.data.id as string;
}

/** A connected cluster with the machine `web-01`. */
function withMachine(options: Partial<LabOptions>, body: (at: Connected, vm: string) => Promise<void>): Promise<void> {
  return withConnected(options, async (at) => body(at, (await madeVm(at)).id));
}

test.each(TOWER_VERSIONS)("a plan is made, changed, suspended, resumed and deleted by tasks (%s)", async (version) => {
  await withMachine({ cloudtowerVersion: version }, async (at, vm) => {
    const id = await made(at, [vm]);
    const where = { id };
    expect(await plans(at, { vms_some: { id: vm } })).toMatchObject([
      {
        id,
        name: "nightly",
        cluster: { id: at.cluster },
        entityAsyncStatus: null,
        exec_h_m: { hour: 2, minute: 30 },
        start_time: "2026-01-01T00:00:00.000Z",
        end_time: null,
        status: "NORMAL",
        vms: [{ id: vm, name: "web-01" }],
      },
    ]);
    expect(await vmOf(at, vm)).toMatchObject({ snapshot_plan: { id, name: "nightly" } });
    await changed(at, "/update-snapshot-plan", { where, data: { name: "evenings", exec_h_m: "21:00" } });
    await changed(at, "/suspend-snapshot-plan", { where });
    expect(await plans(at)).toMatchObject([
      { id, name: "evenings", exec_h_m: { hour: 21, minute: 0 }, remain_snapshot_num: 7, status: "SUSPENDED" },
    ]);
    await changed(at, "/resume-snapshot-plan", { where });
    expect(await plans(at)).toMatchObject([{ status: "NORMAL" }]);
    expect(await changed(at, "/delete-snapshot-plan", { where })).toMatchObject({ status: "SUCCESSED" });
    expect(await plans(at)).toEqual([]);
    expect(await vmOf(at, vm)).toMatchObject({ snapshot_plan: null });
  });
});

test("a task that fails has changed nothing, and a machine that is deleted leaves its plan", async () => {
  await withMachine({}, async (at, vm) => {
    const { id: other } = await madeVm(at, { ...vmRequest(at, "web-02"), status: "STOPPED" });
    const id = await made(at, [vm, other]);
    const [before] = await plans(at);
    for (const [operation, path] of [
      ["updateSnapshotPlan", "/update-snapshot-plan"],
      ["suspendSnapshotPlan", "/suspend-snapshot-plan"],
      ["deleteSnapshotPlan", "/delete-snapshot-plan"],
    ] as const) {
      await at.tower.lab.setFaults([{ operation, task: "fails" }]);
      const body = { where: { id }, ...(operation === "updateSnapshotPlan" && { data: { name: "evenings" } }) };
      expect(await changed(at, path, body)).toMatchObject({ status: "FAILED" });
      expect(await plans(at)).toEqual([before]);
    }
    await changed(at, "/delete-vm", { where: { id: other } });
    expect(await plans(at)).toMatchObject([{ object_num: 1, vms: [{ id: vm }] }]);
  });
});

test("while a task works on a plan it is locked", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const [answer] = await at.tower.data<WithTask[]>("/create-snapshot-plan", [request(at, [])]);
    for (const does of ["update", "suspend", "resume", "delete"])
      expect(await at.tower.post(`/${does}-snapshot-plan`, { where: { id: answer?.data.id } })).toMatchObject({
        status: 400,
        body: { code: "ResourceLocked" },
      });
  });
});

test.each([
  ["refused", "refused", 400],
  ["made", "moved", 200],
] as const)("a second plan of a name is %s, of a machine %s", async (sameSnapshotPlan, secondSnapshotPlan, status) => {
  await withMachine({ switches: { sameSnapshotPlan, secondSnapshotPlan } }, async (at, vm) => {
    await made(at, [vm]);
    expect((await at.tower.post("/create-snapshot-plan", [request(at, [])])).status).toBe(status);
    const second = await at.tower.post("/create-snapshot-plan", [request(at, [vm], { name: "evenings" })]);
    expect(second.status).toBe(status);
    // A machine is in one plan at most.
    const of = (await plans(at)).filter((each) => JSON.stringify(each).includes(vm));
    expect(of).toMatchObject([{ name: status === 200 ? "evenings" : "nightly" }]);
  });
});

test("what is not there, or is no plan, is refused", async () => {
  await withMachine({ switches: { planTimeShown: "null" } }, async (at, vm) => {
    const create = async (more: object) =>
      (await at.tower.post("/create-snapshot-plan", [request(at, [], more)])).status;
    expect(await create({ cluster_id: "none" })).toBe(404);
    expect(await create({ vm_ids: ["none"] })).toBe(404);
    expect(await create({ start_time: "soon" })).toBe(400);
    expect((await at.tower.post("/delete-snapshot-plan", { where: { id: "none" } })).status).toBe(404);
    await made(at, [vm]);
    expect(await plans(at)).toMatchObject([{ exec_h_m: null }]);
  });
});
