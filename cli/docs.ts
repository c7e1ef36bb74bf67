import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { kinds } from "../providers/handler";
import { projectRoot } from "./project";
import { resourcePage, resourcePageName } from "./resource-page";

/** `sitewright docs`: writes docs/resources anew, one page a resource kind, from the kinds' own schemas. */
export function docsCommand(): Command {
  return new Command("docs").description("write the resource pages of docs/ from the schemas").action(() => {
    const folder = join(projectRoot, "docs", "resources");
    mkdirSync(folder, { recursive: true });
    for (const stale of readdirSync(folder)) rmSync(join(folder, stale));
    for (const kind of kinds) writeFileSync(join(folder, resourcePageName(kind)), resourcePage(kind));
    console.log(`${kinds.length} pages in docs/resources`);
  });
}
