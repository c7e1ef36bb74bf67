import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Connected, withConnected } from "../../lab/cloudtower/machines.fixture";
import { PASSWORD, TOWER } from "../../lab/cloudtower/tower.fixture";
import type { LabOptions } from "../../lab/lab";
import { type CommandEnded, sitewrightHere } from "../sitewright.fixture";

export interface Commanded extends Connected {
  /** The folder with the plan of the cluster's machines, and the lab's reach.json. */
  folder: string;
  /** A command with that plan and CloudTower's password. */
  run(...args: string[]): Promise<CommandEnded>;
  /** One without a plan, in that folder. */
  runThere(...args: string[]): Promise<CommandEnded>;
}

/** A connected cluster, and a stack's folder for it. */
export async function withCommands(options: Partial<LabOptions>, body: (at: Commanded) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-tower-"));
  const env = { ...process.env, SITEWRIGHT_CLOUDTOWER_PASSWORD: PASSWORD };
  const vms = [{ name: "web-01", vcpu: 1, memory: "1 GiB" }];
  writeFileSync(
    join(folder, "vms.yaml"),
    stringify({ kind: "virtual-machines", cloudtower: TOWER, cluster: "HCI-01", vms }),
  );
  try {
    await withConnected(options, async (at) => {
      await at.tower.lab.writeReach(join(folder, "reach.json"));
      at.tower.lab.clearRequests();
      await body({
        ...at,
        folder,
        run: (...args) => sitewrightHere([...args, "--plan", folder], { env }),
        runThere: (...args) => sitewrightHere(args, { cwd: folder, env }),
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Operations that wrote since the last look. */
export function writesOf({ tower: { lab } }: Commanded): (string | undefined)[] {
  const all = lab.requests().filter(({ write }) => write);
  lab.clearRequests();
  return all.map(({ operation }) => operation);
}
