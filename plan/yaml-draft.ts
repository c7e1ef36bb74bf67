import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { Draft, isSecret, type Path } from "./draft";
import { maskedSecret } from "./finding";
import { hiddenCharacters } from "./hidden-characters";
import type { PlanKind } from "./plan-kind";
import { report } from "./rules/report";
import { dropRefused, reportIssues } from "./shape";
import { parseYaml, YamlProblem, type YamlText } from "./yaml-text";

/**
 * Reads a plan in YAML 1.2 into a draft whose findings have line and column; `kindOf` says which kind it is of, by what
 * stands under its key `kind`. Throws YamlProblem where it cannot be read.
 */
export function readYamlPlan<K extends PlanKind<unknown>>(
  text: string,
  kindOf: (kind: unknown) => K,
): { draft: Draft; kind: K } {
  const { contents, placeOf, valuesOf } = parseYaml(text);
  if (contents === null) throw new YamlProblem("it is empty", "write the plan into it");
  if (!isMap(contents)) {
    throw new YamlProblem(
      "line 1, column 1: it is not a mapping of keys to values",
      "begin with kind: site or kind: virtual-machines",
    );
  }

  const tree = valuesOf(contents) as Record<string, unknown>;
  const draft = new Draft(tree);
  const kind = kindOf(tree.kind);
  notePlaces(draft, contents, placeOf);
  const hidden = reportHidden(draft);
  const parsed = kind.schema.safeParse(draft.tree);
  if (!parsed.success) {
    const issues = parsed.error.issues.filter(({ path }) => !hidden.has(JSON.stringify(path.map(String))));
    reportIssues(draft, issues, kind);
    dropRefused(draft, parsed.error.issues);
  }
  dropRefused(
    draft,
    [...hidden].map((path) => ({ path: JSON.parse(path) as string[] })),
  );
  return { draft, kind };
}

/** Finds values with characters that nobody sees; gives their paths as JSON. An alias may lead round in a circle. */
function reportHidden(draft: Draft): Set<string> {
  const hidden = new Set<string>();
  const seen = new Set<unknown>();
  function walk(part: unknown, path: Path): void {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    for (const [step, value] of Object.entries(part)) {
      const at = [...path, step];
      const password = isSecret(at);
      // Texts that may have many lines.
      const text =
        ["userData", "description"].includes(step) && typeof value === "string"
          ? value.replaceAll(/[\n\t]/g, "")
          : value;
      const characters = typeof text === "string" ? hiddenCharacters(text, { password }) : undefined;
      if (characters === undefined) walk(value, at);
      else {
        report(draft, "character-hidden", at, {
          value: password ? maskedSecret : String(value),
          params: { characters },
        });
        hidden.add(JSON.stringify(at));
      }
    }
  }
  walk(draft.tree, []);
  return hidden;
}

/** Keeps where each key and list item stands. Aliases are not followed: what they stand for has a place of its own. */
function notePlaces(draft: Draft, root: YAMLMap, place: YamlText["placeOf"]): void {
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
