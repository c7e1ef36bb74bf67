import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { bringToStage } from "../../lab/stage/stage";
import { killedRun } from "./killed-run";
import { createSiteProject, type SiteProject } from "./site-project";
import { towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = towerSitePlan();

/** Machines side by side, as the real engine makes them: whenever it is killed, each stands once in the end. */
describe.skipIf(!existsSync("/proc/self/stat"))("kill -9 while fifty machines are made", () => {
  let site: SiteProject;
  const cluster = () => site.lab.site.model.cluster as LabCluster;
  let others: Pick<LabCluster, "vms" | "volumes">;

  beforeAll(async () => {
    site = await createSiteProject(plan, { speed: "instant" });
    rmSync(join(site.stack, "plan.xlsx"));
    await bringToStage(site.lab.site, plan, "cloudtower");
    site.env.SITEWRIGHT_CLOUDTOWER_PASSWORD = plan.cloudtower?.password;
    const { vms, volumes } = cluster();
    others = structuredClone({ vms, volumes });
  });
  afterAll(() => site?.close());

  function writePlan(...names: string[]): void {
    writeFileSync(
      join(site.stack, "vms.yaml"),
      `kind: virtual-machines
cloudtower: ${plan.cloudtower?.address}
cluster: ${plan.cluster.name}
defaults: { vcpu: 2, memory: 4 GiB, status: STOPPED, disks: [{ size: 40 GiB }], nics: [{ vlan: VLAN-1120 }] }
vms: [${names.map((name) => `{ name: "${name}-{01..50}" }`).join(", ")}]
`,
    );
  }

  /** The creations that CloudTower has taken on so far. */
  const taken = () => site.lab.requests().filter((each) => each.operation === "createTowerVm" && each.committed);

  /** Each machine of the plan stands once, with its one volume, and nothing has become of what stood before. */
  async function standsOnce(...names: string[]): Promise<void> {
    const up = await site.pulumi(...UP);
    expect(up.code, up.output).toBe(0);
    const all = names.flatMap((name) =>
      Array.from({ length: 50 }, (_, at) => `${name}-${String(at + 1).padStart(2, "0")}`),
    );
    const before = (name: string) => !/^(web|db)-/.test(name);
    const { vms, volumes } = cluster();
    const ours = vms.filter(({ name }) => !before(name));
    expect(ours.map(({ name }) => name).sort()).toEqual(all.sort());
    expect(volumes.filter(({ name }) => !before(name)).map(({ uuid }) => uuid)).toHaveLength(all.length);
    expect(new Set(ours.flatMap(({ disks }) => disks.map(({ volume }) => volume))).size).toBe(all.length);
    expect(vms.filter(({ name }) => before(name))).toEqual(others.vms);
    expect(volumes.filter(({ name }) => before(name))).toEqual(others.volumes);
  }

  test("the next up ends with fifty: none twice, and no volume astray", async () => {
    writePlan("web");
    site.lab.clearRequests();
    await killedRun(site, UP, () => taken().length >= 10);
    expect(taken().length).toBeLessThan(50);
    // What the engine writes beside its state it does not write whole: a kill in it would leave nothing that can be read.
    const beside = readdirSync(join(site.folder, "state"), { recursive: true }).map(String);
    expect(beside.filter((file) => file.endsWith(".attrs"))).toEqual([]);
    await standsOnce("web");
    expect(taken()).toHaveLength(50);
  });

  test("where the engine has written no checkpoints and the journal is lost, the marks say whose the machines are", async () => {
    writePlan("web", "db");
    site.lab.clearRequests();
    Object.assign(site.env, { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" });
    await killedRun(site, UP, () => taken().length >= 10);
    const known = (await site.state()).deployment.resources.map(({ urn }) => urn.split("::").at(-1));
    expect(known.filter((name) => name?.startsWith("db-"))).toEqual([]);
    rmSync(join(site.folder, ".sitewright", "site", "journal.jsonl"));
    await standsOnce("web", "db");
    expect(taken()).toHaveLength(50);
  });
});
