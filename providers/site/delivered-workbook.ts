import { createHash } from "node:crypto";
import { join, posix } from "node:path";
import { z } from "zod";
import { removeUnfinished } from "../../base/write-whole";
import { WorkbookProblem } from "../../plan/workbook-problem";
import { patchWorkbook, readCells } from "../../plan/xlsx/patch-workbook";
import { ZipProblem } from "../../plan/zip";
import { defineResource } from "../kernel/define";
import { BadFile, PlanConflict } from "../kernel/errors";
import { sha256Of } from "../kernel/example";
import { replaceFile } from "../kernel/files";
import type { Context } from "../kernel/resource";
import { asSet, replaces } from "../kernel/schema";
import { readBytes, refuseSameFile } from "./delivered-file";

const place = z.string().regex(/^.+![A-Z]{1,3}[1-9]\d{0,6}$/, "name sheet and cell, such as 主机规划!E19");
const workbookPath = z
  .string()
  .regex(/\.xlsx$/i, "name an .xlsx file")
  .refine(
    (path) => !posix.isAbsolute(path) && posix.normalize(path) === path && !path.startsWith("../"),
    "name a path within the project, relative to its root",
  );

const inputs = z.strictObject({
  source: workbookPath.describe("the planning workbook, relative to the project's root; never written"),
  sourceSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256 of the planning workbook that the plan was read from; another one makes the copy anew"),
  target: replaces(workbookPath.describe("the copy, relative to the project's root; a change replaces")),
  cells: z.record(place, z.string().min(1)).describe("texts by sheet and cell, such as `主机规划!E19`"),
  redact: asSet(z.array(place)).default([]).describe("cells that are blank in the copy: those of passwords"),
});

type Inputs = z.output<typeof inputs>;

/**
 * The planning workbook as it is handed over: a copy with what the site reports of itself. An object, since it is
 * made, may be gone, and may be somebody else's file of that name.
 */
export const DeliveredWorkbook = defineResource({
  type: "site:DeliveredWorkbook",
  sort: "object",
  doc: "A copy of the planning workbook with what the site reports of itself in its cells. Everything else in it is the planning workbook's, to the byte; only `redact` reaches further: stored results of formulas that come of these cells go, what repeats their passwords elsewhere is masked, and the copy is searched before it is written: where it cannot be freed of one (a picture, a macro), none is written and the place is named. A password that is an ordinary word (under six characters, one word of letters, a number of under eight digits) is blanked, but not looked for elsewhere. Drift is what differs in these cells; what is typed into others is lost when the copy is next made. It is a file of the machine that runs the engine, and made anew where it is missing. It is readable by its owner alone, and deleting leaves the file and says so.",
  inputs,
  outputs: z.strictObject({
    sha256: z.string().describe("SHA-256 of the copy as it was last written, hexadecimal"),
  }),
  example: {
    args: {
      source: "stacks/HCI-01/plan.xlsx",
      sourceSha256: sha256Of("stacks/HCI-01/plan.xlsx"),
      target: "stacks/HCI-01/delivered/plan.xlsx",
      cells: { "主机规划!E19": "1234-5678" },
    },
    changed: { redact: ["主机规划!M19"] },
  },
  key: ({ target }) => target,

  async find(context, inputs) {
    const { root } = context.workspace;
    const stands = readBytes(root, inputs.target);
    if (!stands) return [];
    refuseSameFile(root, inputs.source, inputs.target);
    // Where nothing would be written, it is all the same whose it is.
    const ours = isLastWritten(context, stands) || stands.equals(copyOf(context, inputs));
    return [{ id: inputs.target, ours: ours ? true : undefined }];
  },

  async create(context, inputs) {
    context.progress(`writing ${inputs.target}`);
    const copy = copyOf(context, inputs);
    write(context, inputs, copy);
    context.checkpoint(inputs.target, { sha256: sha256(copy) });
    return inputs.target;
  },

  async sync(context, _id, inputs) {
    const { root } = context.workspace;
    const copy = copyOf(context, inputs);
    if (!context.workspace.onlyAdopts) removeUnfinished(join(root, inputs.target));
    const written = { sha256: sha256(copy) };
    const stands = readBytes(root, inputs.target);
    if (!stands?.equals(copy)) aboutToWrite(context, inputs.target);
    // The journal knows it before it is there: a state that a killed run, or an older backup, has left does not.
    if (!stands?.equals(copy) || !isLastWritten(context, stands)) context.checkpoint(inputs.target, written);
    if (!stands?.equals(copy)) write(context, inputs, copy);
    return written;
  },

  async read(context, _id, prior) {
    const stands = readBytes(context.workspace.root, prior.target);
    if (!stands) return undefined;
    if (sha256(stands) === prior.sha256) return { inputs: {}, outputs: {} };
    const shown = understood(prior.target, () => readCells(stands, [...Object.keys(prior.cells), ...prior.redact]));
    const cells = Object.keys(prior.cells).flatMap((cell) => {
      const text = shown.get(cell);
      return text === undefined ? [] : [[cell, text] as const];
    });
    if (!isLastWritten(context, stands))
      context.info(
        `${prior.target} was changed by hand: when it is next made, what was typed into other cells is lost`,
      );
    const redact = prior.redact.filter((cell) => shown.get(cell) === undefined);
    return { inputs: { cells: Object.fromEntries(cells), redact }, outputs: {} };
  },

  async delete(context, id) {
    removeUnfinished(join(context.workspace.root, id));
    if (!readBytes(context.workspace.root, id)) return "gone";
    context.warn(`${id} is left where it is: remove it by hand if it shall go`);
    return "kept";
  },
});

/** The bytes that the copy shall have. Throws when the source is not the one that the plan was read from. */
function copyOf(context: Context, { source, sourceSha256, cells, redact }: Inputs): Buffer {
  const bytes = readBytes(context.workspace.root, source);
  if (!bytes)
    throw new PlanConflict(`${source} is not there any more`, "put the planning workbook back, then up again");
  if (sha256(bytes) !== sourceSha256) {
    throw new PlanConflict(
      `${source} was changed while this run was on its way`,
      "run up again: it reads the plan anew",
    );
  }
  return understood(source, () => patchWorkbook(bytes, { cells, redact }));
}

function write(context: Context, { source, target }: Inputs, copy: Buffer): void {
  refuseSameFile(context.workspace.root, source, target);
  aboutToWrite(context, target);
  context.signal.throwIfAborted();
  replaceFile(join(context.workspace.root, target), copy);
}

/** A file is written at once, so that no later run has to wait for it. */
function aboutToWrite({ workspace }: Context, target: string): void {
  workspace.transport.aroundWrite?.(`write ${target}`, 0);
}

/** Whether it is the copy as this stack has last written it, whatever the state has of it. */
function isLastWritten({ entry }: Context, stands: Uint8Array): boolean {
  return entry?.memo?.["sha256"] === sha256(stands);
}

/** What is wrong with a workbook, with its name. */
function understood<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WorkbookProblem || error instanceof ZipProblem)) throw error;
    throw new BadFile(`${file}: ${error.message}`, error.hint);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
