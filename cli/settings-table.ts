import { settingDocs } from "../components/settings";

const BEGIN = "<!-- settings: npm run docs -->";
const END = "<!-- end of settings -->";

/** README with the table of all settings in its place, from their schemas. */
export function withSettings(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no place for the settings: ${BEGIN}`);
  const rows = settingDocs().map(({ name, doc }) => `| \`${name}\` | ${doc.replaceAll("|", "\\|")} |`);
  return `${before}${BEGIN}\n${["| setting | what |", "| --- | --- |", ...rows].join("\n")}\n${END}${after}`;
}
