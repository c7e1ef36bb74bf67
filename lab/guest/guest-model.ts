import { FOLDERS, type LabSystem, newSystem } from "../shell/system";

/** What the lab remembers of the operating system in CloudTower's virtual machine; kept while the machine is. */
export interface LabGuest extends LabSystem {
  /** Its network answers at the planned address. */
  up: boolean;
  /** `startedAt` of the machine at its last boot: processes end with it. */
  boot: number;
  /** Of account cloudtower; from the factory unless somebody has changed it. */
  password?: string;
  /** Of account ops, once somebody has added it. */
  opsPassword?: string;
  /** preinstall.sh has ended well. */
  prepared: boolean;
  /** How often the installer was started. */
  installerStarts: number;
}

/** Of account cloudtower, from the factory (runbook stage 04 通过ssh执行cloudtower服务部署脚本). */
export const CLOUDTOWER_PASSWORD = "HC!r0cks";

export const HOME = "/home/cloudtower";
export const PREINSTALL = "/usr/share/smartx/tower/preinstall.sh";
export const INSTALLER = "/usr/share/smartx/tower/installer/binary/installer";
export const RESOLV = "/etc/resolv.conf";
export const MACHINE_ID = "/etc/machine-id";

export const GUEST_FOLDERS: typeof FOLDERS = {
  ...FOLDERS,
  [HOME]: "cloudtower",
  "/home/ops": "ops",
  "/usr/share/smartx/tower": "root",
  "/usr/share/smartx/tower/installer": "root",
  "/usr/share/smartx/tower/installer/binary": "root",
};

/**
 * A guest as the image's installation leaves it. That there is no resolv.conf yet is assumed: facts, part A 4.7 touch
 * it first.
 */
export function newGuest(boot: number, id: string): LabGuest {
  const { files, ...system } = newSystem(id);
  return {
    ...system,
    files: {
      ...files,
      [PREINSTALL]: { text: "#!/bin/sh\n", owner: "root" },
      [INSTALLER]: { text: "", owner: "root" },
    },
    up: true,
    boot,
    prepared: false,
    installerStarts: 0,
  };
}
