/** What the lab remembers of an operating system. */
export interface LabSystem {
  /** By absolute path; folders are those of its computer. */
  files: Record<string, LabFile>;
  processes: LabProcess[];
  lastPid: number;
}

/** root, and one or two more of each machine. */
export type User = "root" | "smartx" | "cloudtower" | "ops";

export interface LabFile {
  text: string;
  owner: User;
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

/** Folders that every machine has. */
export const FOLDERS: Record<string, User | "all"> = {
  "/": "root",
  "/etc": "root",
  "/home": "root",
  "/root": "root",
  "/run": "root",
  "/tmp": "all",
  "/usr": "root",
  "/usr/share": "root",
  "/usr/share/smartx": "root",
  "/var": "root",
  "/var/log": "root",
};

/** A system fresh from its installation, with an id of its own (machine-id(5)). */
export function newSystem(id: string): LabSystem {
  return {
    files: {
      "/etc/os-release": { text: 'NAME="openEuler"\nVERSION="20.03 (LTS-SP3)"\n', owner: "root" },
      "/etc/machine-id": { text: `${id}\n`, owner: "root" },
    },
    processes: [],
    lastPid: 1_000,
  };
}

/** Appends to a file, which is made where it is missing. */
export function appendTo(system: LabSystem, path: string, text: string, owner: User = "root"): void {
  const file = system.files[path] ?? { text: "", owner };
  system.files[path] = { ...file, text: file.text + text };
}
