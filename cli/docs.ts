import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { kinds } from "../providers/handler";
import { projectRoot } from "./project";
import { resourceIndex, resourcePage, resourcePageName, siteYamlPage, vmsYamlPage } from "./schema-page";
import { withSettings } from "./settings-table";

/** `sitewright docs`: writes what docs/ has of schemas anew: a page for each resource kind, the one that leads to them, and those of site.yaml and vms.yaml. */
export function docsCommand(): Command {
  return new Command("docs").description("write the pages of docs/ that come from schemas").action(() => {
    const folder = join(projectRoot, "docs", "resources");
    mkdirSync(folder, { recursive: true });
    for (const stale of readdirSync(folder)) rmSync(join(folder, stale));
    for (const kind of kinds) writeFileSync(join(folder, resourcePageName(kind)), resourcePage(kind));
    writeFileSync(join(folder, "README.md"), resourceIndex());
    writeFileSync(join(projectRoot, "docs", "site-yaml.md"), siteYamlPage());
    writeFileSync(join(projectRoot, "docs", "vms-yaml.md"), vmsYamlPage());
    const readme = join(projectRoot, "README.md");
    writeFileSync(readme, withSettings(readFileSync(readme, "utf8")));
    console.log(
      `${kinds.length} pages in docs/resources, docs/site-yaml.md, docs/vms-yaml.md, and the settings in README.md`,
    );
  });
}
