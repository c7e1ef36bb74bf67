import { printPlainly } from "./plain-output";
import { sitewright } from "./program";

for (const stream of [process.stdout, process.stderr]) printPlainly(stream);

void sitewright(process.argv.slice(2)).then((code) => {
  if (code !== undefined) process.exit(code);
});
