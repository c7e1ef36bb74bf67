import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { TOWER_VERSIONS, type TowerVersion } from "../lab/cloudtower/tower-model";
import { coverage } from "../lab/coverage";
import type { FaultRule } from "../lab/faults";
import { type Lab, startLab } from "../lab/lab";
import { readFaults } from "../lab/read-faults";
import { readSwitch } from "../lab/read-switches";
import { inWords, type Reached, reachedSite } from "../lab/stage/reached";
import { SITE_STAGES, type SiteStage } from "../lab/stage/site-stage";
import { bringToStage, StageRefused } from "../lab/stage/stage";
import type { LabSwitches } from "../lab/switches";
import { watchParent } from "../lab/watch-parent";
import { describeFindings } from "../plan/describe-findings";
import { readPlan } from "../plan/read";
import type { SitePlan } from "../plan/site-plan";
import { UsageError } from "./exit";
import { labPage } from "./lab-page";
import { nameOf } from "./plain-output";
import { projectRoot } from "./project";

const HELP = `
With --stage, --json prints {"stage", "smtxos": {url, token, username, password, deploymentToken}, "cloudtower": {url,
username, password, address, http, ssh} or null, "reach", "endpoints", "speed", "ca"}: token is a session of Fisheye,
deploymentToken what /api/v2/deployment takes before that; what does not exist at the stage is null. url of CloudTower
is https, by a certificate that the PEM file "ca" verifies; http is there with --http. Passwords that the plan does not
tell are the factory's.

A new site's ports are free ones of loopback between 20000 and 31999, or between those of SITEWRIGHT_LAB_PORTS
(26000-26999).`;

interface StartOptions {
  ownAddresses?: boolean;
  speed?: number | "instant";
  seed?: string;
  dir?: string;
  json?: boolean;
  cloudtowerVersion?: TowerVersion;
  http?: boolean;
  stage?: SiteStage;
  switch?: Partial<LabSwitches>;
  fault?: FaultRule[];
  record?: string;
}

/** `sitewright lab start PLAN`: a site on loopback that behaves as the vendor's documents say. */
export function labCommand(): Command {
  const start = new Command("start")
    .description(
      "start the plan's site in the lab and keep it up until ^C; the same plan comes back as the same site on the same ports",
    )
    .argument("<plan>", "plan file or its folder")
    .option(
      "--own-addresses",
      "listen on the plan's own addresses and the vendor's ports 80, 443, 22; as root in a network namespace of its own (unshare -n) it adds each address when there is something behind it, elsewhere it must have them",
    )
    .option("--speed <factor>", "how much faster than real the site works, or instant", parseSpeed, 1000)
    .option("--seed <text>", "what ids and serials of a new site are made from, and the draws of fault rules")
    .option(
      "--switch <name=value>",
      "what the lab does where no document settles it, as docs/lab.md lists; may be given several times",
      (text: string, before: Partial<LabSwitches> = {}) => ({ ...before, ...asked(() => readSwitch(text)) }),
    )
    .option(
      "--fault <file>",
      "what goes wrong: a rule or a list of rules as JSON, with the fields of docs/lab.md",
      (file) => asked(() => readFaults(readFileSync(file, "utf8"))),
    )
    .option("--record <file>", "append each request to a file as a line of JSON once it has ended, secrets masked")
    .option("--dir <folder>", "where the site is kept; .pulumi/lab/<name of the plan's folder> unless given")
    .addOption(
      new Option(
        "--cloudtower-version <version>",
        "which of CloudTower's documents a CloudTower follows that is installed there from now on",
      )
        .choices(TOWER_VERSIONS)
        .default(TOWER_VERSIONS[0]),
    )
    .addOption(
      new Option(
        "--stage <name>",
        "start with a site that stands already: scan: hosts fresh from the factory; cluster: deployed; configured: with root's password, VIP, DNS, NTP, switches and networks of the plan; cloudtower: with a CloudTower that is set up and has the cluster connected; template: with a template rocky-9 of a guest that has tools and cloud-init. A site kept at an earlier stage goes on from there; one that a client has begun, or that stands further, is refused",
      ).choices(SITE_STAGES),
    )
    .option("--http", "serve CloudTower over plain http whatever --switch towerHttp says, and with --stage say where")
    .option(
      "--json",
      "print one line of JSON that says where the site is reached, with --stage also what a client needs to log in; all else goes to standard error",
    )
    .addHelpText("after", HELP)
    .action(async (path: string, options: StartOptions) => {
      // Who reads the output may be gone when the lab stops; that is no failure.
      for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
      const { file, plan } = await planOrThrow(path);
      const lab = await startPlannedLab(file, plan, options);
      const site = options.stage && (await standing(lab, plan, options.stage, options));
      // Before the line that says it is up: who reads it may stop the lab at once.
      const stopped = untilStopped();
      const whole = { ...(site && { stage: options.stage, ...site }), ...summary(lab, file) };
      if (options.json) console.log(JSON.stringify(whole));
      else console.log(banner(lab, plan, file, options, site));
      await stopped;
      await lab.stop();
      const say = options.json ? console.error : console.log;
      say(
        `lab stopped; start it again and the same site comes back. ${nameOf(reachFile(file))} still leads to it: remove that file before you go to the real site`,
      );
      process.exit(0);
    });
  const table = new Command("coverage")
    .description("write lab/COVERAGE.md: what the lab has, and what of it is assumed; and the lists of docs/lab.md")
    .action(() => {
      writeFileSync(join(projectRoot, "lab", "COVERAGE.md"), coverage());
      const page = join(projectRoot, "docs", "lab.md");
      writeFileSync(page, labPage(readFileSync(page, "utf8")));
      console.log("lab/COVERAGE.md, and the lists of docs/lab.md");
    });
  return new Command("lab")
    .description("a site on loopback, to try a plan before the servers arrive")
    .addCommand(start)
    .addCommand(table, { hidden: true });
}

/** Where the lab of a plan keeps its site. */
export function labFolder(planFile: string): string {
  return join(projectRoot, ".pulumi", "lab", basename(dirname(resolve(planFile))));
}

/** Starts a plan's lab and writes reach.json beside the plan, where the stack of that folder looks for it. */
export async function startPlannedLab(file: string, plan: SitePlan, options: StartOptions): Promise<Lab> {
  const dir = options.dir ?? labFolder(file);
  mkdirSync(dir, { recursive: true });
  const { ownAddresses, seed, speed, cloudtowerVersion, http, stage, fault: faults, record } = options;
  const switches = { ...options.switch, ...(http && { towerHttp: "serves" as const }) };
  // Who starts a lab at a stage brings clients that know nothing of reach.json.
  const loopbackCertificates = stage !== undefined && !ownAddresses;
  const lab = await startLab({
    ...{ plan, dir, ownAddresses, seed, speed, cloudtowerVersion, switches, faults, loopbackCertificates },
    ...(record !== undefined && { recordTo: resolve(record) }),
  });
  const kept = lab.site.model.seed;
  if (seed !== undefined && seed !== kept) {
    await lab.stop();
    throw new UsageError(`the site that is kept in ${dir} has the seed ${kept}: give another --dir, or remove it`);
  }
  await lab.writeReach(reachFile(file));
  return lab;
}

export async function planOrThrow(path: string): Promise<{ file: string; plan: SitePlan }> {
  const loaded = await readPlan(path);
  if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
  return loaded;
}

function reachFile(planFile: string): string {
  return join(dirname(resolve(planFile)), "reach.json");
}

/** Brings the site to its stage; a lab that does not come there is stopped. */
async function standing(lab: Lab, plan: SitePlan, stage: SiteStage, { http }: StartOptions): Promise<Reached> {
  try {
    await bringToStage(lab.site, plan, stage);
    return reachedSite(lab, plan, http ?? false);
  } catch (error) {
    await lab.stop();
    throw error instanceof StageRefused ? new UsageError(error.message) : error;
  }
}

function summary(lab: Lab, file: string) {
  return { reach: reachFile(file), endpoints: lab.reach.endpoints, speed: lab.reach.speed, ca: lab.caFile };
}

function banner(lab: Lab, plan: SitePlan, file: string, { ownAddresses, stage }: StartOptions, site?: Reached): string {
  const hosts = plan.hosts.map((host) => {
    const at = lab.reach.endpoints[`${host.management}:80`];
    return `  ${host.name.padEnd(24)} ${host.management.padEnd(16)} http ${at ?? "on its own address"}`;
  });
  return [
    `lab of ${plan.cluster.name}: ${plan.hosts.length} hosts, ${lab.reach.speed === "instant" ? "instant" : `${lab.reach.speed} times faster than real`}`,
    ...hosts,
    ...(site ? [`it stands at stage ${stage}`, ...inWords(site, lab.caFile)] : []),
    ownAddresses
      ? `it listens on the plan's own addresses; stacks trust it by copies of ${dirname(lab.caFile)}/trust.yaml and ca.pem beside their plan`
      : `stacks reach it by ${nameOf(reachFile(file))}`,
    "^C stops it",
  ].join("\n");
}

/** ^C, SIGTERM, or the end of the process that started this one. */
function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    process.once("SIGINT", () => stop());
    process.once("SIGTERM", () => stop());
    watchParent(() => stop());
  });
}

/** What an option's value is read as; what is wrong with it is said as the option's error. */
function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseSpeed(text: string): number | "instant" {
  if (text === "instant") return "instant";
  const factor = Number(text);
  if (!(factor > 0 && Number.isFinite(factor))) throw new InvalidArgumentError("A number above 0, or instant.");
  return factor;
}
