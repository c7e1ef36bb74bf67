import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { stringify } from "yaml";
import { describeFindings } from "../../plan/describe-findings";
import { refuseStanding, writeNewFile } from "../../plan/new-file";
import { readAnyPlan } from "../../plan/read";
import { standingVms } from "../../providers/cloudtower/client-adopt";
import { UsageError } from "../exit";
import { passwordsElsewhere } from "../passwords-elsewhere";
import { nameOf } from "../plain-output";
import { stackOf, takeOver } from "../take-over";
import { withTower } from "./tower";
import { asksTower, TOWER_HELP, type TowerOptions } from "./tower-options";

interface AdoptOptions extends TowerOptions {
  vm?: string;
}

/** `sitewright adopt`: what stands already becomes a stack, and nothing is written to the site. */
export function adoptCommand(): Command {
  return new Command("adopt")
    .description("take over what stands already, by whatever client it was made; the site is only read")
    .addCommand(fromCloudTower())
    .addCommand(siteOfPlan());
}

const HOW = `
The stack must be there (pulumi stack init), and the log-ins known as to its own runs. The state is made by pulumi, from
PATH, or the project's own engine where the stack is kept under .pulumi/, in a run that finds and reads what the plan has
and writes nothing to the site; then a refresh and a preview. What stands is in the state as it stands: where it is not as
planned, the next pulumi up changes it, and what does not stand or cannot be read, it makes; both are listed here. What
bears another stack's mark is not taken over. A command that was cut off is run once more. pulumi stack export has the
state in the form of pulumi stack import.
Ends with 1 where something could not be looked at, and says what.`;

function fromCloudTower(): Command {
  return asksTower(
    new Command("cloudtower")
      .description("write a vms.yaml of a cluster's virtual machines as they stand, and take them over into its stack")
      .argument("<file>", "name of the new plan, stacks/<stack>/vms.yaml; one that stands already stays as it is")
      .option("--vm <pattern>", "those alone whose names are like this, as web-*"),
    "that file's folder",
  )
    .addHelpText(
      "after",
      `
Machines of CloudTower's own, those in the recycle bin, and those that bear another stack's mark are left out. Without
--cluster, or a plan that says it, the CloudTower's only cluster is meant. Without --plan, settings and secrets of the
file's own stack count. A file elsewhere than in stacks/<stack> is written, and nothing is taken over.
${HOW}
${TOWER_HELP}`,
    )
    .action(async (file: string, options: AdoptOptions) => {
      if (!/\.ya?ml$/i.test(file)) throw new UsageError(`${nameOf(file)}: the plan's name ends with .yaml`);
      if (existsSync(file)) await refuseOther(file);
      else await writePlan(file, options);
      const stack = stackOf(file);
      if (stack) await takeOver(stack);
      else console.log(`to have them taken over, the plan belongs into stacks/<stack> of the project`);
    });
}

/** Goes on with what an earlier command has written. */
async function refuseOther(file: string): Promise<void> {
  const loaded = await readAnyPlan(file);
  if (!loaded.ok || loaded.kind !== "virtual-machines") return refuseStanding(file);
  console.error(`${nameOf(file)} stands already and stays as it is: its machines are taken over`);
}

async function writePlan(file: string, options: AdoptOptions): Promise<void> {
  const own = { folder: dirname(resolve(file)), settings: stackOf(file) };
  await withTower({ ...options, own }, async ({ caller, cluster: called }) => {
    const { cluster, machines, passed } = await standingVms(caller, called, like(options.vm ?? "*"));
    for (const { name, why } of passed) console.error(`${name}: ${why}`);
    if (machines.length === 0) throw new UsageError(`cluster ${cluster} has no machines to take over`);
    const [address] = caller.connection.addresses;
    const plan = { kind: "virtual-machines", cloudtower: address, cluster, vms: machines };
    writeNewFile(file, stringify(plan, { lineWidth: 0 }));
    const count = machines.length === 1 ? "1 machine" : `${machines.length} machines`;
    console.log(`${nameOf(file)}: ${count} of ${cluster}`);
  });
  const { ok, findings } = await readAnyPlan(file);
  if (!ok) throw new UsageError(`the plan of what stands has errors\n${describeFindings(findings)}`);
  if (findings.length > 0) console.error(describeFindings(findings));
}

function siteOfPlan(): Command {
  return new Command("site")
    .description("take over what stands of a site's plan into its stack: cluster, settings, networks, CloudTower …")
    .argument("<plan>", "the site's plan in stacks/<stack>, or that folder")
    .addHelpText("after", HOW)
    .action(async (path: string) => {
      const loaded = await readAnyPlan(path, { passwordKnown: passwordsElsewhere(path, undefined).known });
      if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
      if (loaded.kind !== "site")
        throw new UsageError(
          `${nameOf(loaded.file)} is a plan of virtual machines: sitewright adopt cloudtower takes those over`,
        );
      const stack = stackOf(loaded.file);
      if (!stack) throw new UsageError(`${nameOf(loaded.file)} lies in no stack's folder, stacks/<stack> of a project`);
      await takeOver(stack);
    });
}

/** Whether a name is like a pattern in which * stands for anything, and ? for one sign. */
function like(pattern: string): (name: string) => boolean {
  const parts = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const whole = new RegExp(`^${parts}$`, "su");
  return (name) => whole.test(name);
}
