import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { samplePlan } from "../plan/sample-plan";
import { fillTemplate } from "../plan/template";

/**
 * `npm run bench`: how long `sitewright check` takes on a whole workbook of 16 hosts, and how much memory, as a process
 * of its own from start to end. To hold: under 2 s and 300 MB.
 */
const root = join(__dirname, "..", "..");
const runs = 7;

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-bench-"));
  try {
    const file = join(folder, "plan.xlsx");
    const [host] = samplePlan.hosts;
    if (!host) throw new Error("no sample");
    const hosts = Array.from({ length: 16 }, (_, i) => ({
      ...host,
      name: `BJ-SMTX-Prod-Node-${i + 1}`,
      management: `10.0.20.${11 + i}`,
      storage: `10.0.21.${11 + i}`,
      bmc: { ...host.bmc, address: `10.0.19.${11 + i}` },
      rack: { name: "A01", unit: 2 * i + 1 },
    }));
    writeFileSync(file, await fillTemplate({ ...samplePlan, hosts }));
    const measured: { seconds: number; megabytes: number }[] = [];
    for (let run = 0; run < runs; run++) measured.push(await check(file));
    const middle = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
    const seconds = middle(measured.map((each) => each.seconds));
    const megabytes = Math.max(...measured.map((each) => each.megabytes));
    console.log(
      `check of 16 hosts, whole workbook: ${seconds.toFixed(2)} s (median of ${runs}), ${megabytes.toFixed(0)} MB at most`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check(file: string): Promise<{ seconds: number; megabytes: number }> {
  const start = process.hrtime.bigint();
  const script = join(root, "cli", "sitewright.cjs");
  const child = spawn(
    process.execPath,
    ["--require", join(root, "bench", "report-memory.cjs"), script, "check", file],
    {
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    },
  );
  let kibibytes = "";
  child.stdio[3]?.on("data", (chunk: Buffer) => (kibibytes += chunk.toString()));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`sitewright check ended with ${code}`);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: (Number(kibibytes) * 1024) / 1e6 };
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
