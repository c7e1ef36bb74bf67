/** What the lab remembers of the operating system in CloudTower's virtual machine; kept while the machine is. */
export interface LabGuest {
  /** Its network answers at the planned address. */
  up: boolean;
  /** `startedAt` of the machine at its last boot: processes end with it. */
  boot: number;
  /** Of account cloudtower; from the factory unless somebody has changed it. */
  password?: string;
  /** Of account ops, once somebody has added it. */
  opsPassword?: string;
  /** By absolute path; folders are those of FOLDERS. */
  files: Record<string, LabGuestFile>;
  processes: LabProcess[];
  lastPid: number;
  /** preinstall.sh has ended well. */
  prepared: boolean;
  /** How often the installer was started. */
  installerStarts: number;
}

export type GuestUser = "root" | "cloudtower" | "ops";

export interface LabGuestFile {
  text: string;
  owner: GuestUser;
}

/** A program that takes its time. */
export interface LabProcess {
  pid: number;
  program: "preinstall" | "installer" | "sleep";
  /** As `pgrep -f` sees it. */
  command: string;
  /** Site time. */
  startedAt: number;
  /** Milliseconds of site time, of sleep. */
  lasts?: number;
  /** The connection that it dies with; undefined: none. */
  session?: string;
  /** The file that it writes to. */
  output?: string;
  /** Where it goes wrong: after so many lines, at a site time, it says so and ends, or, without words, never goes on. */
  breaks?: { lines: number; at: number; says?: string };
  /** Lines that it has written. */
  written: number;
  /** Its exit code, once it has ended. */
  ended?: number;
}

/** Of account cloudtower, from the factory (runbook stage 04 通过ssh执行cloudtower服务部署脚本). */
export const CLOUDTOWER_PASSWORD = "HC!r0cks";

export const HOME = "/home/cloudtower";
export const PREINSTALL = "/usr/share/smartx/tower/preinstall.sh";
export const INSTALLER = "/usr/share/smartx/tower/installer/binary/installer";
export const RESOLV = "/etc/resolv.conf";
export const MACHINE_ID = "/etc/machine-id";

/** Folders, with who may write in them. */
export const FOLDERS: Record<string, GuestUser | "all"> = {
  "/": "root",
  "/etc": "root",
  "/home": "root",
  [HOME]: "cloudtower",
  "/home/ops": "ops",
  "/root": "root",
  "/run": "root",
  "/tmp": "all",
  "/usr": "root",
  "/usr/share": "root",
  "/usr/share/smartx": "root",
  "/usr/share/smartx/tower": "root",
  "/usr/share/smartx/tower/installer": "root",
  "/usr/share/smartx/tower/installer/binary": "root",
  "/var": "root",
  "/var/log": "root",
};

/**
 * A guest as the image's installation leaves it, with an id of its own (machine-id(5)). That there is no resolv.conf yet is assumed: facts, part A
 * 4.7 touch it first.
 */
export function newGuest(boot: number, id: string): LabGuest {
  return {
    up: true,
    boot,
    files: {
      [PREINSTALL]: { text: "#!/bin/sh\n", owner: "root" },
      [INSTALLER]: { text: "", owner: "root" },
      "/etc/os-release": { text: 'NAME="openEuler"\nVERSION="20.03 (LTS-SP3)"\n', owner: "root" },
      [MACHINE_ID]: { text: `${id}\n`, owner: "root" },
    },
    processes: [],
    lastPid: 1_000,
    prepared: false,
    installerStarts: 0,
  };
}
