import { open, readdir, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import type { Draft, Path } from "./draft";
import type { Finding, Place } from "./finding";
import { kindNamed, siteKind, vmsKind } from "./kinds";
import { PlanUnreadable } from "./plan-unreadable";
import { readWorkbook } from "./read-workbook";
import type { RuleOptions } from "./rules/rules";
import { type PlanOptions, planOf } from "./shape";
import type { SitePlan } from "./site-plan";
import type { VmsPlan } from "./vms/vms-plan";
import { isVmsWorkbook, readVmsWorkbook } from "./vms/vms-workbook";
import { readWaivers } from "./waivers";
import { openWorkbook } from "./workbook";
import { WorkbookProblem } from "./workbook-problem";
import { readYamlPlan } from "./yaml-draft";
import { YamlProblem } from "./yaml-text";
import { ZipProblem } from "./zip";

/** A plan of a kind that was read. With an error among its findings there is no plan to build from. */
type Loaded<K extends string, P> = { file: string; kind: K; findings: Finding[]; placeOf: PlaceOf } & (
  | { ok: true; plan: P }
  | { ok: false }
);

/** A site's plan. */
export type LoadedPlan = Loaded<"site", SitePlan>;
/** A plan of virtual machines. */
export type LoadedVms = Loaded<"virtual-machines", VmsPlan>;

/** Where the value at a path of the plan stands (`["hosts", 0, "name"]`), or the nearest thing around it. */
export type PlaceOf = (path: Path) => Place | undefined;

/** Larger than any planning workbook, pictures included. */
const fileLimit = 64 * 1024 * 1024;

export interface ReadOptions extends RuleOptions {
  /** The day on which waivers are looked at, such as 2026-11-21; today unless told. */
  today?: string;
}

/**
 * Reads a site's plan: a planning workbook (*.xlsx), a site.yaml (*.yaml, *.yml), or a folder that holds exactly one of
 * them. Everything that is wrong with it comes out as findings in one run; the file is never written. What the
 * waivers.yaml beside it waives does not stand in the way.
 * Throws PlanUnreadable where it cannot be read at all, or is a plan of something else.
 */
export async function readPlan(path: string, options: ReadOptions = {}): Promise<LoadedPlan> {
  const loaded = await readAnyPlan(path, options);
  if (loaded.kind === "site") return loaded;
  throw new PlanUnreadable(loaded.file, `it is a plan of ${loaded.kind}, and a site's is needed`, "name a site's plan");
}

/** As readPlan, of whatever kind the plan is: a site's, or virtual machines' (vms.yaml). */
export async function readAnyPlan(path: string, options: ReadOptions = {}): Promise<LoadedPlan | LoadedVms> {
  const file = await planFile(path);
  const waivers = await readWaivers(dirname(file));
  const { draft, kind } = await readDraft(file);
  const how: PlanOptions = { today: localDay(), ...options, waivers };
  const read = { file, findings: draft.findings, placeOf: (at: Path) => draft.placeOf(at) };
  if (kind === vmsKind) return { kind: "virtual-machines", ...read, ...outcome(planOf(draft, vmsKind, how)) };
  return { kind: "site", ...read, ...outcome(planOf(draft, siteKind, how)) };
}

function outcome<P>(plan: P | undefined): { ok: true; plan: P } | { ok: false } {
  return plan === undefined ? { ok: false } : { ok: true, plan };
}

/** Waivers end with the day where the user is. */
export function localDay(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

async function readDraft(file: string): Promise<{ draft: Draft; kind: typeof siteKind | typeof vmsKind }> {
  const bytes = await readBounded(file);
  try {
    if (extname(file).toLowerCase() === ".xlsx") {
      refuseOtherFormats(file, bytes);
      const book = openWorkbook(bytes);
      return isVmsWorkbook(file, book)
        ? { draft: readVmsWorkbook(book), kind: vmsKind }
        : { draft: readWorkbook(book), kind: siteKind };
    }
    return readYamlPlan(decode(file, bytes), kindNamed);
  } catch (cause) {
    if (cause instanceof PlanUnreadable) throw cause;
    if (cause instanceof ZipProblem || cause instanceof WorkbookProblem || cause instanceof YamlProblem) {
      throw new PlanUnreadable(file, cause.message, cause.hint);
    }
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PlanUnreadable(
      file,
      `it is not understood (${said})`,
      "save it again in Excel, or take an undamaged copy",
      {
        cause,
      },
    );
  }
}

async function planFile(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new PlanUnreadable(
      path,
      reasonOf(cause),
      "name a planning workbook (*.xlsx), a site.yaml, a vms.yaml, or their folder",
    );
  });
  if (found.isDirectory()) return planInFolder(path);
  if (!found.isFile())
    throw new PlanUnreadable(path, "it is no regular file", "name a planning workbook, a site.yaml or a vms.yaml");
  if (found.size === 0) throw new PlanUnreadable(path, "the file is empty (0 bytes)", "take an undamaged copy");
  if (found.size > fileLimit) {
    throw new PlanUnreadable(
      path,
      `the file is larger than ${fileLimit / 1024 / 1024} MiB`,
      "name a planning workbook",
    );
  }
  const extension = extname(path).toLowerCase();
  if (![".xlsx", ".yaml", ".yml"].includes(extension)) {
    const hint = extension === ".xls" ? "save it as .xlsx in Excel or WPS" : "a plan is an .xlsx, .yaml or .yml file";
    throw new PlanUnreadable(path, `it is no plan by its name (${extension || "no extension"})`, hint);
  }
  return path;
}

/** The names of the files in a folder that are plans. Excel keeps a lock file (~$name.xlsx) beside an open workbook. */
export async function plansIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new PlanUnreadable(folder, reasonOf(cause), "name a folder that can be read");
  });
  return names
    .filter((name) => (/\.xlsx$/i.test(name) && !name.startsWith("~$")) || /^(site|vms)\.ya?ml$/i.test(name))
    .sort();
}

async function planInFolder(folder: string): Promise<string> {
  const plans = await plansIn(folder);
  const [only, ...others] = plans;
  if (only === undefined) {
    throw new PlanUnreadable(
      folder,
      "the folder holds no plan",
      "put a planning workbook (*.xlsx), a site.yaml or a vms.yaml into it",
    );
  }
  if (others.length > 0) {
    throw new PlanUnreadable(
      folder,
      `the folder holds ${plans.length} plans: ${plans.join(", ")}`,
      "keep one, or name it",
    );
  }
  return planFile(join(folder, only));
}

async function readBounded(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new PlanUnreadable(file, reasonOf(cause), "check the file and its permissions");
  }
}

/** What is often named .xlsx and is none. An old .xls and an encrypted workbook are both OLE files. */
function refuseOtherFormats(file: string, bytes: Buffer): void {
  if (bytes.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]))) return;
  if (bytes.subarray(0, 8).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]))) {
    if (bytes.includes(Buffer.from("EncryptedPackage", "utf16le"))) {
      throw new PlanUnreadable(file, "the workbook is encrypted", "remove its password in Excel and save it");
    }
    throw new PlanUnreadable(file, "it is an old .xls workbook", "save it as .xlsx in Excel or WPS");
  }
  if (/^\ufeff?\s*</.test(bytes.toString("utf8", 0, 512))) {
    throw new PlanUnreadable(file, "it is a web page or XML file named .xlsx", "save it as .xlsx in Excel or WPS");
  }
  throw new PlanUnreadable(
    file,
    "it is no workbook (the contents are not those of an .xlsx)",
    "take an undamaged copy",
  );
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new PlanUnreadable(file, "it is not text in UTF-8", "save it as UTF-8");
  }
}

function reasonOf(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown";
  const known: Record<string, string> = {
    ENOENT: "there is no such file",
    EACCES: "reading it is not permitted",
    ENOTDIR: "a part of the path is no folder",
    EISDIR: "it is a folder",
    ELOOP: "its links go round in circles",
    ENAMETOOLONG: "the name is too long",
  };
  return known[code] ?? `it cannot be read (${code})`;
}
