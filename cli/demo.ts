import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { builderOf } from "../lab/stage/builder";
import { addTemplate, TEMPLATE } from "../lab/stage/template";
import { labFolder, planOrThrow, startPlannedLab } from "./lab";
import { makeLabMedia } from "./lab-media";
import { projectRoot } from "./project";

const STACK = "lab";
/** What somebody sets by hand; no plan of the demo has it. */
const UNPLANNED_VLAN = 3999;

/** `npm run demo`: a planning workbook becomes a site in the lab, drifts, and is repaired. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("bring up stacks/lab from its workbook, change it behind Pulumi's back, repair it")
    .action(async () => {
      const { file, plan } = await planOrThrow(join(projectRoot, "stacks", STACK));
      say(`an empty stack and an empty lab, from ${file.slice(projectRoot.length + 1)}`);
      const media = makeLabMedia(join(projectRoot, "stacks", STACK, "media"), plan.cloudtower?.version ?? "4.6.0");
      say(`the vendor's images are not at hand: ${media.join(" and ")} are files of made-up bytes`);
      await emptyStack();
      rmSync(labFolder(file), { recursive: true, force: true });
      const lab = await startPlannedLab(file, plan, {});
      try {
        say("pulumi up: from bare hosts to a cluster that its own CloudTower manages");
        await pulumi("up", "--yes");
        const writes = lab.requests().filter((request) => request.write).length;
        say(`the site stands (${writes} writes at the wire); once more, nothing is to be done`);
        lab.clearRequests();
        await pulumi("up", "--yes", "--skip-preview");
        say(`the second up wrote ${lab.requests().filter((request) => request.write).length} times`);

        const astray = neighbour(plan.cluster.vip ?? "10.0.20.10");
        lab.smtxos.setManagementVip(astray);
        const [vlan] = plan.business?.networks ?? [];
        if (vlan) {
          lab.smtxos.changeVlan(vlan.name, (stands) => {
            stands.vlanId = UNPLANNED_VLAN;
          });
        }
        const alsoVlan = vlan ? `, and the id of ${vlan.name} to ${UNPLANNED_VLAN}` : "";
        say(`somebody sets the management VIP to ${astray} by hand${alsoVlan}; pulumi preview --refresh shows it`);
        await pulumi("preview", "--refresh", "--diff");
        say("pulumi up --refresh repairs it");
        await pulumi("up", "--refresh", "--yes", "--skip-preview");
        if (plan.cloudtower) {
          addTemplate(builderOf(lab.site, plan));
          say(
            `an administrator makes a template in its CloudTower, ${TEMPLATE}: what stacks/vms-lab makes machines from`,
          );
        }
      } finally {
        await lab.stop();
      }
      console.log(
        [
          "",
          "The site is kept in .pulumi/lab. To go on with it:",
          "  npx sitewright lab start stacks/lab     # in one terminal: the same site on the same ports",
          "  npm run pulumi -- preview               # in another; up, refresh, destroy as well",
          'Virtual machines in it, stacks/vms-lab: "Virtual machines" in README.md says how.',
        ].join("\n"),
      );
    });
}

/** Another address of the same subnet, so that the change is to be seen. */
function neighbour(address: string): string {
  return address.replace(/\d+$/, (last) => (last === "199" ? "198" : "199"));
}

async function emptyStack(): Promise<void> {
  rmSync(join(projectRoot, ".pulumi", "state", ".pulumi", "stacks", "sitewright", `${STACK}.json`), { force: true });
  rmSync(join(projectRoot, ".sitewright", STACK), { recursive: true, force: true });
  // With the journal gone, the last demo's copy of the workbook would be taken for somebody else's.
  rmSync(join(projectRoot, "stacks", STACK, "delivered"), { recursive: true, force: true });
  await pulumi("stack", "select", "--create", STACK);
}

function pulumi(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectRoot, "toolchain", "pulumi.mjs"), ...args], {
      cwd: projectRoot,
      stdio: "inherit",
      // Wherever real stacks have their state, the demo's is the project's own.
      env: { ...process.env, SITEWRIGHT_BACKEND_URL: undefined },
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`pulumi ${args.join(" ")} ended with ${code}`)),
    );
  });
}

function say(text: string): void {
  console.log(`\n== ${text}`);
}
