import { faultRuleSchema } from "../lab/faults";
import { valuesOf } from "../lab/read-switches";
import { SWITCHES, switchNames } from "../lab/switches";
import { schemaTable } from "./schema-page";

/** What docs/lab.md lists, by the name of its place in the page. */
const LISTS: Record<string, () => string[]> = {
  switches: () => [
    "| switch | values, the default first | what it is about | what is known |",
    "|---|---|---|---|",
    ...switchNames.map((name) => {
      const { says, source } = SWITCHES[name];
      return `| \`${name}\` | ${valuesOf(name)} | ${says} | ${source} |`;
    }),
  ],
  "fault rules": () => schemaTable(faultRuleSchema),
};

/** docs/lab.md with its lists as the lab's definitions have them; the rest of the page stays as it is. */
export function labPage(page: string): string {
  return Object.entries(LISTS).reduce((text, [name, list]) => {
    const [begin, end] = [`<!-- ${name}: written by \`npm run docs\` -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/lab.md has no place for its list of ${name}: ${begin} … ${end}`);
    return [text.slice(0, from), begin, "\n\n", list().join("\n"), "\n\n", text.slice(to)].join("");
  }, page);
}
