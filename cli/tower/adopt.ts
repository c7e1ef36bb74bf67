import { Command } from "commander";
import { stringify } from "yaml";
import { shellWord } from "../../base/shell-word";
import { describeFindings } from "../../plan/describe-findings";
import { refuseStanding, writeNewFile } from "../../plan/new-file";
import { readAnyPlan } from "../../plan/read";
import { standingVms } from "../../providers/cloudtower/client-adopt";
import { UsageError } from "../exit";
import { nameOf } from "../plain-output";
import { asksTower, TOWER_HELP, type TowerOptions, withTower } from "./tower";

interface AdoptOptions extends TowerOptions {
  vm?: string;
}

/** `sitewright adopt cloudtower FILE`: a plan of the machines that stand. */
export function adoptCommand(): Command {
  return new Command("adopt")
    .description("write a plan of what stands already; the site is only read")
    .addCommand(fromCloudTower());
}

function fromCloudTower(): Command {
  return asksTower(
    new Command("cloudtower")
      .description("write a vms.yaml of a cluster's virtual machines as they stand")
      .argument("<file>", "name of the new plan, stacks/<stack>/vms.yaml")
      .option("--vm <pattern>", "those alone whose names are like this, as web-*"),
  )
    .addHelpText(
      "after",
      `
Machines of CloudTower's own, those in the recycle bin, and those that bear another stack's mark are left out. The state
is made by the engine: with the setting adopt the next pulumi up takes over what stands, and where the plan is what stands,
it writes nothing to CloudTower; after it a preview shows no change. What somebody changes in between is put back.
${TOWER_HELP}`,
    )
    .action(async (file: string, options: AdoptOptions) => {
      refuseStanding(file);
      if (!/\.ya?ml$/i.test(file)) throw new UsageError(`${nameOf(file)}: the plan's name ends with .yaml`);
      await withTower(options, async ({ caller, cluster }) => {
        if (cluster === undefined) throw new UsageError("the machines of which cluster? --cluster NAME says it");
        const { machines, passed } = await standingVms(caller, cluster, like(options.vm ?? "*"));
        for (const { name, why } of passed) console.error(`${name}: ${why}`);
        if (machines.length === 0) throw new UsageError(`cluster ${cluster} has no machines to take over`);
        const [address] = caller.connection.addresses;
        const plan = { kind: "virtual-machines", cloudtower: address, cluster, vms: machines };
        writeNewFile(file, stringify(plan, { lineWidth: 0 }));
        const read = await readAnyPlan(file);
        if (read.findings.length > 0) console.error(describeFindings(read.findings));
        if (!read.ok) process.exitCode = 1;
        else
          console.log(
            `${nameOf(file)}: ${machines.length} machines of ${cluster}. To take them over, in the stack of that folder: npx sitewright check ${shellWord(file)}, pulumi config set adopt all, pulumi up, pulumi config rm adopt`,
          );
      });
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
