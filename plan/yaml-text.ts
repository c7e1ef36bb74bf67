import { type ErrorCode, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** A text that is no YAML of the kind that people write. The message has line and column, both from 1, where there is one. */
export class YamlProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "YamlProblem";
    this.hint = hint;
  }
}

/** A plan that people write is some hundred lines. More than this is something else. */
const limits = { bytes: 1024 * 1024, aliases: 50, nesting: 50, items: 1000 };
/**
 * A plan of what stands has each machine. What a parser is at for long are signs of structure, not words: of those it may
 * have no more than the other plans.
 */
const ofMachines = { bytes: 8 * 1024 * 1024, signs: 1024 * 1024, machines: 10_000 };
const OF_MACHINES = /^kind:[ \t]*(["']?)virtual-machines\1[ \t]*(#.*)?\r?$/m;

/** A YAML document as it was parsed. */
export interface YamlText {
  /** Its root; null where it is empty. */
  contents: Node | null;
  /** Line and column of a node, both from 1; of the beginning for what is none. */
  placeOf(node: unknown): { line: number; column: number };
  /** What a node says. Throws YamlProblem where its aliases name nothing or unfold to too much. */
  valuesOf(node: Node): unknown;
}

/**
 * Parses a text as one document of YAML 1.2. What takes a parser long or deep is refused first: size, nesting, and
 * more aliases than anybody writes. A key that stands twice in a mapping is an error that names both lines; the
 * parser's own look for them compares each with each. Throws YamlProblem.
 */
export function parseYaml(text: string): YamlText {
  refuseUnreadable(text);
  refuseBrackets(text);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  function at(offset: number) {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
  const placeOf = (node: unknown) => at(isNode(node) ? (node.range?.[0] ?? 0) : 0);

  const [error] = document.errors;
  // The parser calls itself for each level and runs out of stack on thousands ("- - - …").
  if (error?.code === "RESOURCE_EXHAUSTION") throw tooDeep();
  if (error) {
    const place = at(error.pos[0]);
    throw problem(place, firstLine(error.message), hints[error.code] ?? hintFor(text.split("\n")[place.line - 1]));
  }
  const hasMachines = isMap(document.contents) && document.get("kind") === "virtual-machines";
  refuseUnwritten(document.contents, placeOf, hasMachines ? document.get("vms") : undefined);
  return {
    contents: document.contents,
    placeOf,
    valuesOf(node) {
      try {
        return node.toJS(document, { maxAliasCount: limits.aliases });
      } catch {
        throw new YamlProblem("its aliases (*name) unfold to too much or name nothing", "write the values themselves");
      }
    },
  };
}

/** Before a file of so many bytes is read. Throws YamlProblem. */
export function refuseLarge(bytes: number, most = limits.bytes): void {
  if (bytes <= most) return;
  throw new YamlProblem(`it is larger than ${most / 1024} KiB`, "what people write is far smaller; check the file");
}

/** What would take too long to parse. Throws YamlProblem. */
export function refuseUnreadable(text: string): void {
  const bytes = Buffer.byteLength(text);
  const isOfMachines = bytes > limits.bytes && OF_MACHINES.test(text);
  refuseLarge(bytes, isOfMachines ? ofMachines.bytes : limits.bytes);
  if (!isOfMachines) return;
  let signs = 0;
  for (const _ of text.matchAll(/[^\p{L}\p{N} ._-]|- /gu))
    if (++signs > ofMachines.signs)
      throw new YamlProblem("it is too much for one plan", "make several plans of its machines");
}

const hints: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  MULTIPLE_DOCS: "keep one document in a file",
  BAD_ALIAS: "write the value itself",
};

/** Within { } the braces of web-{01..18} would begin another mapping. */
function hintFor(line = ""): string {
  const [name] = /[^\s,:"'{]+\{\d+\.\.\d+\}/.exec(line) ?? [];
  return name === undefined ? "mend the line" : `mend the line; within { } a name with braces is quoted: "${name}"`;
}

function problem({ line, column }: { line: number; column: number }, what: string, hint: string): YamlProblem {
  return new YamlProblem(`line ${line}, column ${column}: ${what}`, hint);
}

function tooDeep(): YamlProblem {
  return new YamlProblem("it is nested too deeply", "check where the file comes from");
}

/** Brackets within brackets would run the parser out of stack; a plan has five levels. */
function refuseBrackets(text: string): void {
  let depth = 0;
  for (const [, open] of text.matchAll(/([[{])|[\]}]/g)) {
    depth = open ? depth + 1 : Math.max(0, depth - 1);
    if (depth > limits.nesting) throw tooDeep();
  }
}

/** Goes over each node once, and calls itself for none: what lies too deep, keys that stand twice, too many aliases. */
function refuseUnwritten(root: unknown, placeOf: YamlText["placeOf"], machines: unknown): void {
  const open: [node: unknown, depth: number][] = [[root, 0]];
  let aliases = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next;
    if (depth > limits.nesting) throw tooDeep();
    if (isAlias(node)) aliases += 1;
    if (aliases > limits.aliases) {
      throw problem(
        placeOf(node),
        `more than ${limits.aliases} aliases (*name), which unfold to too much`,
        "write the values themselves",
      );
    }
    if (isSeq(node)) {
      // What holds across the values of a list is looked at by pairs, but for machines.
      const mostItems = node === machines ? ofMachines.machines : limits.items;
      if (node.items.length > mostItems) {
        const what = `a list of ${node.items.length} items; there may be ${mostItems}`;
        throw problem(placeOf(node), what, "check where the file comes from");
      }
      for (const item of node.items) open.push([item, depth + 1]);
    }
    if (!isMap(node)) continue;
    const keys = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw problem(placeOf(key), "a key is no plain word", "write the key itself");
      const name = String(key.value);
      const before = keys.get(name);
      if (before) {
        const { line, column } = placeOf(before);
        const what = `the key ${name.slice(0, 80)} stands at line ${line}, column ${column} already`;
        throw problem(placeOf(key), what, "keep one of the two");
      }
      keys.set(name, key);
      open.push([value, depth + 1]);
    }
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
