import { TOWER, towerPlan } from "../cloudtower/tower.fixture";
import type { Lab, LabOptions } from "../lab";
import { type Session, standing, towerVm, wholeIso, withLab } from "../lab.fixture";
import { type Ran, ssh } from "../ssh.fixture";
import { CLOUDTOWER_PASSWORD, HOME, INSTALLER, PREINSTALL } from "./guest-model";

/** The runbook's commands (stage 04), by paths. */
export const LOG = `${HOME}/installer.out`;
export const prepare = `sudo -n sh ${PREINSTALL}`;
export const install = `sudo -n ${INSTALLER} deploy`;
/** The installer, freed from its connection. */
export const installFreed = `nohup ${install} >> ${LOG} 2>&1 < /dev/null &`;

export interface Guest {
  lab: Lab;
  session: Session;
  /** The machine's uuid. */
  vm: string;
  run(command: string, input?: string, pty?: [prompt: string, line: string][]): Promise<Ran>;
  /** Standard output of a command that must end well. */
  out(command: string, input?: string): Promise<string>;
  /** Sends a call that starts a job, and lets the job end. */
  job(method: string, path: string, body?: unknown): Promise<string>;
}

/** Runs `body` with a CloudTower's machine whose guest has the plan's address. Time stands still unless told. */
export async function withGuest(options: Partial<LabOptions>, body: (guest: Guest, dir: string) => Promise<void>) {
  await withLab({ plan: towerPlan(), speed: 0, ...options }, async (lab, dir) => {
    await body(await towerMachine(lab, await standing(lab, towerPlan())), dir);
  });
}

/** Makes CloudTower's machine on a cluster that stands, and gives it the plan's address. */
export async function towerMachine(lab: Lab, session: Session): Promise<Guest> {
  const guest = guestOf(lab, session);
  const image = await wholeIso(lab, session, "cloudtower.iso", Buffer.from("iso"));
  const request = await towerVm(session, image.image_path);
  guest.vm = await guest.job("POST", "/vms", request);
  lab.site.pass(15);
  const { nics } = await session.data<{ nics: { mac_address: string }[] }>("GET", `/vms/${guest.vm}`);
  const address = { ip_address: TOWER, subnet_mask: "255.255.255.0", gateway: "10.0.20.1" };
  await guest.job("PUT", `/vms/${guest.vm}`, {
    nics: [{ ...request.nics[0], ...address, mac_address: nics[0]?.mac_address }],
  });
  await lab.site.settled;
  return guest;
}

export function guestOf(lab: Lab, session: Session, vm = ""): Guest {
  const run: Guest["run"] = (command, input, pty) =>
    ssh(lab, "cloudtower", CLOUDTOWER_PASSWORD, command, input, pty, TOWER);
  return {
    lab,
    session,
    vm,
    run,
    async out(command, input) {
      const { code, out, err } = await run(command, input);
      if (code !== 0) throw new Error(`${command}: ${code} ${err}`);
      return out;
    },
    async job(method, path, body) {
      const { job_id } = await session.data<{ job_id: string }>(method, path, body);
      lab.site.pass(1);
      const { job } = await session.data<{ job: { state: string; resources: object } }>("GET", `/jobs/${job_id}`);
      if (job.state !== "done") throw new Error(`${method} ${path}: ${job.state}`);
      return Object.keys(job.resources)[0] ?? "";
    },
  };
}
