import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, taskOf, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";

const shown = async ({ tower, cluster }: Connected) => {
  const [settings] = await tower.data<{ vm_recycle_bin: unknown }[]>("/get-cluster-settingses", {
    where: { cluster: { id: cluster } },
  });
  return settings?.vm_recycle_bin;
};

/** A call on the recycle bin of the cluster. */
const call = ({ tower, cluster }: Connected, does: "create" | "update" | "delete", data?: object) =>
  tower.post(`/${does}-cluster-recycle-bin-setting`, { where: { id: cluster }, ...(data && { data }) });

const withBin = (vmRecycleBin: "none" | "kept" | "inherited", body: (at: Connected) => Promise<void>) =>
  withConnected({ switches: { vmRecycleBin } } satisfies Partial<LabOptions>, body);

test.each(["direct", "task"] as const)(
  "a bin is set up, changed and taken away (plainWrites %s)",
  async (plainWrites) => {
    await withConnected({ switches: { plainWrites } }, async (at) => {
      expect(await shown(at)).toBeNull();
      for (const [does, data] of [
        ["create", { enabled: true, retain: 7 }],
        ["update", { enabled: false, retain: 30 }],
        ["delete", undefined],
      ] as const) {
        const { status, body } = await call(at, does, data);
        const [answer] = body as unknown as WithTask[];
        expect(status).toBe(200);
        if (plainWrites === "task")
          expect(await taskOf(at, { id: answer?.task_id })).toMatchObject({ status: "SUCCESSED" });
        else expect(answer?.task_id).toBeNull();
        expect(await shown(at)).toEqual(data ?? null);
      }
    });
  },
);

test("a task that fails leaves the bin as it was", async () => {
  await withConnected({ switches: { plainWrites: "task" } }, async (at) => {
    await at.tower.lab.setFaults([{ operation: "createClusterRecycleBinSetting", task: "fails" }]);
    const { body } = await call(at, "create", { enabled: true, retain: 7 });
    const [answer] = body as unknown as WithTask[];
    expect(await taskOf(at, { id: answer?.task_id })).toMatchObject({ status: "FAILED" });
    expect(await shown(at)).toBeNull();
  });
});

test.each([
  ["none", null, 200, 404],
  ["kept", { enabled: true, retain: 7 }, 400, 200],
  ["inherited", { enabled: true, retain: 7 }, 200, 404],
] as const)("where a cluster has %s", async (vmRecycleBin, before, create, update) => {
  const data = { enabled: false, retain: 1 };
  await withBin(vmRecycleBin, async (at) => {
    expect(await shown(at)).toEqual(before);
    expect((await call(at, "update", data)).status).toBe(update);
  });
  await withBin(vmRecycleBin, async (at) => {
    expect((await call(at, "delete")).status).toBe(update);
    expect((await call(at, "create", data)).status).toBe(vmRecycleBin === "kept" ? 200 : create);
    expect((await call(at, "create", data)).status).toBe(400);
    expect(await shown(at)).toEqual(data);
  });
});

test("a bin that keeps nothing, or of a cluster that is not there, is refused", async () => {
  await withBin("none", async (at) => {
    expect((await call(at, "create", { enabled: true, retain: 0 })).status).toBe(400);
    expect((await call({ ...at, cluster: "none" }, "create", { enabled: true, retain: 1 })).status).toBe(404);
    expect(await shown(at)).toBeNull();
  });
});
