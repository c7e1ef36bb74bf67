import type { Content } from "./content";
import { maskedSecret } from "./finding";
import type { FindingCode } from "./finding-text";
import { hiddenCharacters } from "./hidden-characters";
import { boostWords, type CellKind, cellPrefixes, networkWords, storageWords } from "./layout";
import { isAddress, isIpv6, networkOf } from "./names";
import type { FindingParams } from "./text/text";

/** What a cell says. `value` is absent where the cell is blank or wrong; a warning may stand beside a value. */
export interface Reading {
  blank: boolean;
  value?: unknown;
  problems: { code: FindingCode; params?: FindingParams }[];
}

type Outcome = { value: unknown } | { problem: FindingCode; params?: FindingParams };

/** Reads a cell as its kind. Nothing is guessed: what is not plainly the kind is a problem. */
export function readCell(content: Content, kind: CellKind): Reading {
  switch (content.kind) {
    case "blank":
      return { blank: true, problems: [] };
    case "formula":
      // A formula may spell out the password it makes.
      return wrong("formula-unknown", { formula: kind === "password" ? maskedSecret : shortFormula(content.formula) });
    case "other":
      return content.what === "error" ? wrong("cell-error") : wrong("not-a-text", { what: content.what });
    case "number":
      return fromNumber(content.number, kind);
    case "text":
      return fromText(content.text, kind);
  }
}

/** Text as shown in a finding. */
export function contentText(content: Content): string | undefined {
  switch (content.kind) {
    case "blank":
      return undefined;
    case "formula":
      return `=${content.formula}`;
    case "number":
      return String(content.number);
    default:
      return content.text;
  }
}

/** One line, trimmed. Full-width forms stay: this is for names that people chose. */
export function cleanText(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/^'/, "").trim();
}

function fromNumber(number: number, kind: CellKind): Reading {
  if (kind === "vlan") return reading(vlan(number));
  if (kind === "unit") return reading(unit(number));
  if (Math.abs(number) >= 1e15) return wrong("number-imprecise");
  const read = fromText(String(number), kind);
  return kind === "password" ? { ...read, problems: [{ code: "password-number" }] } : read;
}

function fromText(raw: string, kind: CellKind): Reading {
  const hidden = hiddenIn(raw, kind);
  if (hidden !== undefined) return wrong("character-hidden", { characters: hidden });
  if (kind === "password") {
    if (refersElsewhere.test(raw.trim())) return wrong("password-referred");
    const problems: Reading["problems"] = raw === raw.trim() ? [] : [{ code: "password-space" }];
    return { blank: false, value: raw, problems };
  }
  const text = cleanText(raw);
  if (text === "") return { blank: true, problems: [] };
  if (kind === "version") return version(cleanText(text.normalize("NFKC")));
  if (kind === "text") return { blank: false, value: text, problems: [] };
  if (kind === "area" || kind === "rack") return afterPrefix(text, cellPrefixes[kind]);
  return reading(parse(plainText(text), kind));
}

/** What people write for "the same as in the cell above" or "to come later": it would be set as the password. */
const refersElsewhere = /^(?:同上|同左|同前|见上|〃|″|ditto|same as above|待定|待提供|tbd)$/i;

/** Line breaks and tabs are how people lay out a cell; within a password nobody can type them. */
function hiddenIn(raw: string, kind: CellKind): string | undefined {
  if (kind === "password") return hiddenCharacters(raw.trim(), { password: true });
  const text = raw.replace(/[\t\n\r]/g, " ");
  return hiddenCharacters(names.has(kind) ? text : text.replace(unseen, ""));
}

/** What becomes a name or is shown as it is written. In the other kinds what has no width changes nothing. */
const names = new Set<CellKind>(["text", "hostname", "server", "nics", "area", "rack"]);
const unseen = /[\u200b-\u200d\u2060\ufeff]/g;

/**
 * Full-width digits, letters and signs as what they mean, without characters that are not seen. The full stop of
 * Chinese input methods is a dot: nothing of these kinds has sentences.
 */
function plainText(text: string): string {
  return cleanText(text.normalize("NFKC").replace(unseen, "")).replaceAll("。", ".");
}

function parse(text: string, kind: Exclude<CellKind, "password" | "text" | "version" | "area" | "rack">): Outcome {
  switch (kind) {
    case "hostname":
    case "server":
      return { value: text };
    case "address":
      if (isAddress(text)) return { value: text };
      return { problem: isIpv6(text) ? "address-ipv6" : "address-invalid" };
    case "subnet":
      return subnet(text);
    case "vlan":
      return /^(?:0|[1-9]\d{0,3})$/.test(text) ? vlan(Number(text)) : { problem: "vlan-invalid" };
    case "release":
      return /^\d+\.[0-9A-Za-z.\-_]*$/.test(text)
        ? { value: text }
        : { problem: "version-unknown", params: { example: "4.7.1" } };
    case "unit":
      return /^\d{1,2}U?$/i.test(text) ? unit(Number.parseInt(text, 10)) : { problem: "rack-unit-invalid" };
    case "vlan-type":
      return text.toLowerCase() === "access" ? { value: "Access" } : { problem: "vlan-type-unsupported" };
    case "nics":
      return nics(text);
    case "bond":
      return bondModes.has(text.toLowerCase()) ? { value: text.toLowerCase() } : { problem: "bond-unknown" };
    case "boost":
      if (/RDMA/i.test(text)) return { problem: "rdma-unsupported" };
      return choice(text, { [boostWords.true]: true, [boostWords.false]: false });
    case "storage":
      return choice(text, { [storageWords.tiered]: "tiered", [storageWords["all-flash"]]: "all-flash" });
    case "networks":
      if (text === "三网融合") return { problem: "converged-unsupported" };
      return choice(text, {
        [networkWords.separate]: "separate",
        [networkWords["storage-separate"]]: "storage-separate",
      });
  }
}

function subnet(text: string): Outcome {
  const tight = text.replace(/\s*\/\s*/, "/");
  return networkOf(tight) === undefined ? { problem: "subnet-invalid" } : { value: tight };
}

function vlan(id: number): Outcome {
  return Number.isInteger(id) && id >= 0 && id <= 4094 ? { value: id } : { problem: "vlan-invalid" };
}

function unit(number: number): Outcome {
  return Number.isInteger(number) && number >= 1 && number <= 99 ? { value: number } : { problem: "rack-unit-invalid" };
}

/** `机柜编号: F1-A08-R04`: a label and a value in one cell; the label alone says nothing. */
function afterPrefix(text: string, prefix: string): Reading {
  const label = prefix.slice(0, -1);
  const rest = text.startsWith(label)
    ? text
        .slice(label.length)
        .replace(/^\s*[:：]/, "")
        .trim()
    : text;
  return rest === "" ? { blank: true, problems: [] } : { blank: false, value: rest, problems: [] };
}

/** `版本:6.2.0P4`; the label alone says nothing. */
function version(text: string): Reading {
  const match = /^(?:版本\s*:?)?\s*(.*)$/.exec(text);
  const rest = match?.[1] ?? "";
  if (rest === "") return { blank: true, problems: [] };
  return /^\d+\.[0-9A-Za-z.\-_]*$/.test(rest)
    ? { blank: false, value: rest, problems: [] }
    : wrong("version-unknown", { example: `${cellPrefixes.version}6.2.0P4` });
}

const bondModes = new Set(["active-backup", "balance-tcp", "balance-slb"]);

/**
 * Any separator that people type: full-width comma, enumeration comma, semicolons; spaces where there is none of
 * them, for a space beside a comma is a name that was broken.
 */
function nics(text: string): Outcome {
  const separator = /[,、;]/.test(text) ? /[,、;]/ : /\s+/;
  const names = text
    .split(separator)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.length === 0 ? { problem: "nic-invalid", params: { nic: text.slice(0, 40) } } : { value: names };
}

function choice(text: string, choices: Record<string, unknown>): Outcome {
  const word = Object.keys(choices).find((each) => each.toLowerCase() === text.toLowerCase());
  return word === undefined
    ? { problem: "choice-unknown", params: { choices: Object.keys(choices).join(", ") } }
    : { value: choices[word] };
}

function reading(outcome: Outcome): Reading {
  if ("problem" in outcome) return wrong(outcome.problem, outcome.params);
  return { blank: false, value: outcome.value, problems: [] };
}

function wrong(code: FindingCode, params?: FindingParams): Reading {
  return { blank: false, problems: [{ code, params }] };
}

function shortFormula(formula: string): string {
  return formula.length > 60 ? `${formula.slice(0, 59)}…` : formula;
}
