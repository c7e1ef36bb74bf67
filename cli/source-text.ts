/** A piece of source, to be printed as it is. */
export class Code {
  constructor(readonly text: string) {}
}

/**
 * A value as a literal of TypeScript, on one line where it has no more than so many columns. Lines after the first are
 * indented by two blanks a level; the fields that `Code` of their own name stands for are shorthands.
 */
export function literal(value: unknown, columns: number): string {
  const line = parts(value, (inner) => literal(inner, Number.POSITIVE_INFINITY));
  if (typeof line === "string") return line;
  const { open, items, close } = line;
  const pad = open === "{" && items.length > 0 ? " " : "";
  const whole = `${open}${pad}${items.join(", ")}${pad}${close}`;
  if (whole.length <= columns) return whole;
  const broken = parts(value, (inner, name) => literal(inner, WIDTH - name.length).replace(/\n/g, "\n  "));
  if (typeof broken === "string") return broken;
  return `${open}\n${broken.items.map((item) => `  ${item},\n`).join("")}${close}`;
}

/** Columns that a line may have; those of a deeper level look no worse for the few more. */
const WIDTH = 96;

interface Parts {
  open: string;
  items: string[];
  close: string;
}

function parts(value: unknown, print: (inner: unknown, name: string) => string): Parts | string {
  if (value instanceof Code) return value.text;
  if (Array.isArray(value)) return { open: "[", items: value.map((item) => print(item, "")), close: "]" };
  if (typeof value === "number") return String(value).replace(/\B(?=(\d{3})+$)/g, value < 10_000 ? "" : "_");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const items = Object.entries(value).flatMap(([name, item]) => {
    if (item === undefined) return [];
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    const text = print(item, `${key}: `);
    return [text === name ? name : `${key}: ${text}`];
  });
  return { open: "{", items, close: "}" };
}
