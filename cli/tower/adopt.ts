import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Command } from "commander";
import { cloudtowerLogin, type TowerLogin } from "../../components/tower-login";
import { describeFindings } from "../../plan/describe-findings";
import { refuseStanding, writeNewFile } from "../../plan/new-file";
import { plansIn, readAnyPlan } from "../../plan/read";
import { toVmsYaml } from "../../plan/vms/vms-yaml";
import { YamlProblem } from "../../plan/yaml-text";
import { standingVms } from "../../providers/cloudtower/client-adopt";
import { readAs } from "../../providers/kernel/setting";
import { UsageError } from "../exit";
import { passwordsElsewhere } from "../passwords-elsewhere";
import { nameOf } from "../plain-output";
import { plainSetting, projectName, type StackSettings } from "../stack-settings";
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
bears another stack's mark is not taken over. pulumi stack export has the state in the form of pulumi stack import.
Ends with 1 where something could not be looked at, and says what.

A command that was cut off is run once more, before any pulumi destroy or up. ^C or SIGTERM lets pulumi end what it is at
and free the stack. After kill -9 the stack may stay locked, which the next command says, with the process that holds it:
once that is known to have ended, and only then, pulumi cancel frees the stack (docs/shared-state.md, "Locks").`;

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
      const stack = stackOf(file);
      if (stack) await refusePlace(file);
      if (stack && options.login) refuseOtherLogin(stack, options.login);
      if (existsSync(file)) await readStanding(file);
      else await writePlan(file, options, stack);
      if (stack) await takeOver(stack);
      else console.log(`to have them taken over, the plan belongs into stacks/<stack> of the project`);
    });
}

/** A stack's program reads its plan by that name alone, and one plan of its folder. Before anything is asked or written. */
async function refusePlace(file: string): Promise<void> {
  if (!/^vms\.ya?ml$/i.test(basename(file)))
    throw new UsageError(`${nameOf(file)}: in a stack's folder the plan of its machines is called vms.yaml`);
  const [other] = (await plansIn(dirname(resolve(file)))).filter((name) => name !== basename(file));
  if (other !== undefined)
    throw new UsageError(
      `${nameOf(file)}: beside it is ${nameOf(other)}, and a stack has one plan: take another folder`,
    );
}

/** What this command asks by one log-in, the runs of the stack read by theirs. */
function refuseOtherLogin(settings: StackSettings, login: TowerLogin): void {
  const set = plainSetting(settings, "cloudtowerLogin");
  const own = readAs("cloudtowerLogin", cloudtowerLogin, set) ?? "LOCAL";
  if (own === login) return;
  const { stack } = settings;
  throw new UsageError(
    `the log-in is ${login} here, and ${own} to the runs of stack ${stack}, which take the machines over: pulumi config set cloudtowerLogin ${login} --stack ${stack}, or --login ${own}`,
  );
}

/** Goes on with what an earlier command has written, or somebody by hand. */
async function readStanding(file: string): Promise<void> {
  const loaded = await readAnyPlan(file);
  if (loaded.kind !== "virtual-machines") return refuseStanding(file);
  if (!loaded.ok) throw new UsageError(`the plan that stands already has errors\n${describeFindings(loaded.findings)}`);
  if (loaded.findings.length > 0) console.error(describeFindings(loaded.findings));
  console.error(`${nameOf(file)} stands already and stays as it is: its machines are taken over`);
}

async function writePlan(file: string, options: AdoptOptions, stack: StackSettings | undefined): Promise<void> {
  const own = { folder: dirname(resolve(file)), settings: stack };
  await withTower({ ...options, own }, async ({ caller, login, cluster: called }) => {
    if (stack) refuseOtherLogin(stack, login);
    const { cluster, machines, passed, notes } = await standingVms(caller, {
      cluster: called,
      isMeant: like(options.vm ?? "*"),
      stack: stack && { project: projectName(stack), stack: stack.stack },
    });
    for (const { name, why } of passed) console.error(`${name}: ${why}`);
    for (const note of notes) console.error(note);
    if (machines.length === 0) throw new UsageError(`cluster ${cluster} has no machines to take over`);
    const [cloudtower = ""] = caller.connection.addresses;
    writeNewFile(file, vmsYaml({ cloudtower, cluster, vms: machines }));
    const count = machines.length === 1 ? "1 machine" : `${machines.length} machines`;
    console.log(`${nameOf(file)}: ${count} of ${cluster}`);
  });
  const { ok, findings } = await readAnyPlan(file);
  if (!ok) throw new UsageError(`the plan of what stands has errors\n${describeFindings(findings)}`);
  if (findings.length > 0) console.error(describeFindings(findings));
}

/** Throws UsageError where no plan may be so large. */
function vmsYaml(plan: Parameters<typeof toVmsYaml>[0]): string {
  try {
    return toVmsYaml(plan);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new UsageError(
      `the plan of ${plan.vms.length} machines cannot be written: ${error.message}. --vm PATTERN takes some of them into a stack`,
    );
  }
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
