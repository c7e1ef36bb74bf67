import { expect, test } from "vitest";
import { type Tower, type WithTask, withSetUpTower } from "./tower.fixture";

async function organization(tower: Tower): Promise<string> {
  return (await tower.data<{ id: string }[]>("/get-organizations"))[0]?.id as string;
}

test("a datacenter is answered in the shape that its request has", async () => {
  await withSetUpTower({}, async (tower) => {
    const organization_id = await organization(tower);
    const one = await tower.data<WithTask>("/create-datacenter", { name: "one", organization_id });
    // The runbook's answer, stage 05.
    expect(one).toEqual({
      data: {
        id: expect.stringMatching(/^c[0-9a-z]{24}$/),
        name: "one",
        cluster_num: 0,
        host_num: 0,
        vm_num: 0,
        total_data_capacity: null,
        used_data_space: null,
        failure_data_space: null,
        total_cpu_hz: null,
        used_cpu_hz: null,
        total_memory_bytes: null,
        used_memory_bytes: null,
        organization: { id: organization_id, name: "C89" },
        clusters: [],
        labels: [],
      },
      task_id: null,
    });
    const more = await tower.data<WithTask[]>("/create-datacenter", [
      { name: "two", organization_id },
      { name: "three", organization_id },
    ]);
    expect(more.map(({ data }) => data["name"])).toEqual(["two", "three"]);
    expect(await tower.data("/get-datacenters")).toEqual([one.data, ...more.map(({ data }) => data)]);
    expect(await tower.data("/get-organizations")).toMatchObject([
      { datacenters: [{ name: "one" }, { name: "two" }, { name: "three" }] },
    ]);
  });
});

test("a datacenter is renamed and deleted; one that is not there is 404", async () => {
  await withSetUpTower({}, async (tower) => {
    const organization_id = await organization(tower);
    const { data } = await tower.data<WithTask>("/create-datacenter", { name: "one", organization_id });
    const where = { id: data.id };
    expect(await tower.data("/update-datacenter", { where, data: { name: "new" } })).toMatchObject([
      { task_id: null, data: { id: data.id, name: "new" } },
    ]);
    expect(await tower.data("/delete-datacenter", { where })).toEqual([{ task_id: null, data: { id: data.id } }]);
    expect(await tower.data("/get-datacenters")).toEqual([]);
    for (const path of ["/delete-datacenter", "/update-datacenter"])
      expect(await tower.post(path, { where, data: {} })).toMatchObject({ status: 404, body: { path } });
  });
});

test("an organisation is deleted once no datacenter is in it", async () => {
  await withSetUpTower({}, async (tower) => {
    const where = { id: await organization(tower) };
    const { data } = await tower.data<WithTask>("/create-datacenter", { name: "one", organization_id: where.id });
    expect(await tower.post("/delete-organization", { where })).toMatchObject({ status: 400 });
    await tower.data("/delete-datacenter", { where: { id: data.id } });
    expect(await tower.data("/delete-organization", { where })).toEqual([{ task_id: null, data: where }]);
    expect(await tower.data("/get-organizations")).toEqual([]);
  });
});

test.each([
  ["made", 200, 2],
  ["refused", 400, 1],
] as const)("with sameDatacenter %s a second one of a name is answered %i", async (sameDatacenter, status, count) => {
  await withSetUpTower({ switches: { sameDatacenter } }, async (tower) => {
    const body = [{ name: "one", organization_id: await organization(tower) }];
    expect((await tower.post("/create-datacenter", body)).status).toBe(200);
    expect((await tower.post("/create-datacenter", body)).status).toBe(status);
    expect(await tower.data("/get-datacenters-connection")).toEqual({ aggregate: { count } });
  });
});

test("a datacenter without a name, or in no organisation, is refused", async () => {
  await withSetUpTower({}, async (tower) => {
    const organization_id = await organization(tower);
    expect(await tower.post("/create-datacenter", { organization_id })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("name") },
    });
    expect((await tower.post("/create-datacenter", { name: "one", organization_id: "none" })).status).toBe(404);
    expect(await tower.data("/get-datacenters")).toEqual([]);
  });
});

test("an organisation is renamed, and its datacenters show it", async () => {
  await withSetUpTower({}, async (tower) => {
    const id = await organization(tower);
    await tower.data("/create-datacenter", { name: "one", organization_id: id });
    const renamed = await tower.data("/update-organization", { where: { name: "C89" }, data: { name: "C90" } });
    expect(renamed).toMatchObject([{ task_id: null, data: { id, name: "C90" } }]);
    expect(await tower.data("/get-datacenters")).toMatchObject([{ organization: { id, name: "C90" } }]);
  });
});

test.each([
  ["drop", "before-commit", 0],
  ["drop", "after-commit", 1],
] as const)("with %s %s of its creation the datacenters are %i", async (what, when, count) => {
  const faults = [{ operation: "createDatacenter", count: 1, [what]: when }];
  await withSetUpTower({ faults }, async (tower) => {
    const body = { name: "one", organization_id: await organization(tower) };
    await expect(tower.post("/create-datacenter", body)).rejects.toThrow();
    expect(await tower.data("/get-datacenters")).toHaveLength(count);
  });
});
