/** What stands in a cell, whatever the library calls it. Formulas are evaluated; `formula` is one that cannot be. */
export type Content =
  | { kind: "blank" }
  | { kind: "text"; text: string }
  | { kind: "number"; number: number }
  | { kind: "formula"; formula: string }
  | { kind: "other"; what: "date" | "boolean" | "error"; text: string };
