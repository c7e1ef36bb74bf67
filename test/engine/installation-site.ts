import { TOWER, towerPlan } from "../../lab/cloudtower/tower.fixture";
import { towerMachine } from "../../lab/guest/guest.fixture";
import { CLOUDTOWER_PASSWORD, type LabGuest, RESOLV } from "../../lab/guest/guest-model";
import { towerGuest } from "../../lab/guest/tower-guest";
import type { Lab } from "../../lab/lab";
import { standing } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import { type LabTemplate, labTemplate } from "./lab-site";

/** The SSH of CloudTower's machine, as from the factory. */
export const guestConnection = {
  name: "TOWER-SSH",
  addresses: [TOWER],
  username: "cloudtower",
  password: CLOUDTOWER_PASSWORD,
};
/** The same with account ops. */
export const opsConnection = { ...guestConnection, username: "ops", password: "Canary-Ops-1" };
export const DNS = ["10.0.0.1", "10.0.0.2"];

/** A lab in which CloudTower's machine has its address, and nothing is installed in it. */
export function guestTemplate(): Promise<LabTemplate> {
  const plan = towerPlan();
  return labTemplate(plan, async (lab) => {
    await towerMachine(lab, await standing(lab, plan));
  });
}

export const machine = { name: "cloudtower", sockets: 8, memory: 20_401_094_656, disk: 429_496_729_600 };

export function installation(args: Record<string, unknown> = {}, dependsOn: string[] = []): ResourceSpec {
  return {
    type: "smtxos:CloudTowerInstallation",
    name: "installation",
    args: {
      connection: guestConnection,
      dns: DNS,
      image: "cloudtower.iso",
      machine,
      ...args,
    },
    options: { dependsOn },
  };
}

export function nameServers(servers = DNS, args: Record<string, unknown> = {}): ResourceSpec {
  return {
    type: "cloudtower:DnsServers",
    name: "dns",
    args: { connection: guestConnection, servers, ...args },
    options: { dependsOn: ["installation"] },
  };
}

export function guestIn({ site }: Lab): LabGuest | undefined {
  return site.model.cluster?.guests[towerGuest(site.model) ?? ""];
}

/** Somebody adds account ops to CloudTower's machine. */
export function addOps({ guest }: Lab): void {
  guest.change((its) => {
    its.opsPassword = opsConnection.password;
  });
}

/** Somebody removes the installer's logs in CloudTower's machine. */
export function removeLogs({ guest }: Lab): void {
  guest.change(({ files }) => {
    for (const path of Object.keys(files)) if (path.endsWith(".out")) delete files[path];
  });
}

export const resolvConf = (lab: Lab) => guestIn(lab)?.files[RESOLV]?.text;

/** What resolv.conf(5) has of these servers. */
export const resolvOf = (servers: string[]) => servers.map((server) => `nameserver ${server}\n`).join("");
