import {
  type Document,
  type ErrorCode,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  type YAMLMap,
} from "yaml";
import { Draft, type Path } from "./draft";
import { dropRefused, reportIssues } from "./shape";
import { type SitePlan, sitePlanSchema } from "./site-plan";

/** A text that is no YAML mapping. `line` and `column` count from 1. The caller names the file. */
export class YamlProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "YamlProblem";
    this.hint = hint;
  }
}

/** A plan is some hundred lines; more than this is something else. */
const limits = { bytes: 256 * 1024, aliases: 50, nesting: 50 };

/**
 * Reads a site.yaml (YAML 1.2, the shape of SitePlan) into a draft whose findings have line and column. Throws
 * YamlProblem where it cannot be read.
 */
export function readSiteYaml(text: string): Draft {
  if (Buffer.byteLength(text) > limits.bytes) {
    throw new YamlProblem(`it is larger than ${limits.bytes / 1024} KiB`, "a site.yaml is far smaller; check the file");
  }
  refuseNesting(text);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  // The parser calls itself for each level and runs out of stack on thousands ("- - - …").
  if (error?.code === "RESOURCE_EXHAUSTION") throw tooDeep();
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new YamlProblem(
      `line ${line}, column ${col}: ${firstLine(error.message)}`,
      hints[error.code] ?? "mend the line",
    );
  }
  if (document.contents === null) throw new YamlProblem("it is empty", "write the plan into it");
  if (!isMap(document.contents)) {
    throw new YamlProblem("line 1, column 1: it is not a mapping of keys to values", "begin with kind: site");
  }

  const draft = new Draft(unfold(document));
  notePlaces(draft, document.contents, lines);
  const parsed = sitePlanSchema.safeParse(draft.tree);
  if (!parsed.success) {
    reportIssues(draft, parsed.error);
    dropRefused(draft, parsed.error);
  }
  return draft;
}

/**
 * The plan as site.yaml. Secrets are left out unless `secrets` is true: passwords belong in the environment or the
 * stack's secrets.
 */
export function toSiteYaml(plan: SitePlan, options: { secrets?: boolean } = {}): string {
  return stringify(options.secrets ? plan : withoutSecrets(plan), { lineWidth: 0 });
}

/** The plan without its passwords: what toSiteYaml writes unless told otherwise. */
export function withoutSecrets(plan: SitePlan): SitePlan {
  const text = JSON.stringify(plan, (key, value: unknown) => (key === "password" ? undefined : value));
  return sitePlanSchema.parse(JSON.parse(text));
}

const hints: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  DUPLICATE_KEY: "keep one of the two",
  MULTIPLE_DOCS: "keep one plan in a file",
  BAD_ALIAS: "write the value itself",
};

function tooDeep(): YamlProblem {
  return new YamlProblem("it is nested too deeply", "check where the file comes from");
}

function unfold(document: Document): Record<string, unknown> {
  try {
    return document.toJS({ maxAliasCount: limits.aliases });
  } catch {
    throw new YamlProblem("its aliases (*name) unfold to too much or name nothing", "write the values themselves");
  }
}

/** Brackets within brackets would run the parser out of stack; a plan has five levels. */
function refuseNesting(text: string): void {
  let depth = 0;
  for (const [, open] of text.matchAll(/([[{])|[\]}]/g)) {
    depth = open ? depth + 1 : Math.max(0, depth - 1);
    if (depth > limits.nesting) throw tooDeep();
  }
}

/** Keeps where each key and list item stands. Aliases are not followed: what they stand for has a place of its own. */
function notePlaces(draft: Draft, root: YAMLMap, lines: LineCounter): void {
  function place(node: unknown) {
    const { line, col } = lines.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
  function walk(node: unknown, path: Path): void {
    if (isMap(node)) {
      for (const pair of node.items) {
        const at = [...path, String(isScalar(pair.key) ? pair.key.value : pair.key)];
        draft.note(at.join("."), place(pair.key));
        walk(pair.value, at);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        draft.note([...path, i].join("."), place(item));
        walk(item, [...path, i]);
      });
    }
  }
  draft.note("", { line: 1, column: 1 });
  walk(root, []);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
