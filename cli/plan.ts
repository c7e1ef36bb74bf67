import { extname } from "node:path";
import { Command, Option } from "commander";
import { shellWord } from "../base/shell-word";
import { accountsWithPassword } from "../plan/accounts";
import { describeFindings } from "../plan/describe-findings";
import { placeText } from "../plan/finding";
import { writeNewFile } from "../plan/new-file";
import { readPlan } from "../plan/read";
import type { SitePlan } from "../plan/site-plan";
import { toSiteYaml } from "../plan/site-yaml";
import { fillTemplate, NoRoom, writeTemplate } from "../plan/template";
import type { Language } from "../plan/text/text";
import { blankVmsWorkbook } from "../plan/vms/vms-workbook";
import { WorkbookProblem } from "../plan/workbook-problem";
import { UsageError } from "./exit";
import { nameOf } from "./plain-output";
import { secretsCommand } from "./plan-secrets";

/** `sitewright plan …`: making and changing plans; the user's own file is never written. */
export function planCommand(): Command {
  return new Command("plan")
    .description("make a plan, turn a workbook into site.yaml and back, move its passwords into the stack's secrets")
    .addCommand(templateCommand())
    .addCommand(convertCommand())
    .addCommand(secretsCommand());
}

function templateCommand(): Command {
  return new Command("template")
    .description("write a blank planning workbook, to be filled in")
    .argument("<file>", "name of the new workbook, *.xlsx")
    .option("--vms", "one for virtual machines instead, a row each")
    .addOption(
      new Option("--lang <language>", "with --vms: language of its headings").choices(["en", "zh"]).default("zh"),
    )
    .action(async (file: string, { vms, lang }: { vms?: boolean; lang: Language }) => {
      if (formatOf(file) !== "workbook") throw new UsageError(`${file}: a workbook's name ends with .xlsx`);
      writeNewFile(file, vms ? blankVmsWorkbook(lang) : await writeTemplate());
      console.log(
        `${nameOf(file)}: a blank ${vms ? "workbook of virtual machines" : "planning workbook"}. Fill it in, then: npx sitewright check ${shellWord(file)}`,
      );
    });
}

function convertCommand(): Command {
  return new Command("convert")
    .description("write a workbook's plan as site.yaml, or a site.yaml as a workbook; passwords are named, not written")
    .argument("<from>", "plan file or its folder")
    .argument("<to>", "name of the new file: *.yaml, *.yml or *.xlsx")
    .option("--with-secrets", "write the passwords too", false)
    .action(async (from: string, to: string, { withSecrets }: { withSecrets: boolean }) => {
      const format = formatOf(to);
      const loaded = await readPlan(from);
      if (loaded.findings.length > 0) console.error(describeFindings(loaded.findings));
      if (!loaded.ok) throw new Error(`${nameOf(loaded.file)} has errors and was not converted`);
      const secrets = accountsWithPassword(loaded.plan);
      writeNewFile(to, await written(loaded.plan, format, withSecrets), { secret: withSecrets && secrets.length > 0 });
      console.log(`${nameOf(to)}: the plan of ${nameOf(loaded.file)}`);
      if (format === "workbook" && loaded.plan.language === "en")
        console.log("left out: language en, which a workbook has no cell for: read from it the plan is zh");
      if (withSecrets || secrets.length === 0) return;
      const places = secrets.map(({ path }) => placeText(loaded.placeOf(path) ?? { line: 1, column: 1 }));
      console.log(
        `left out: the passwords at ${places.join(", ")} (--with-secrets writes them; npx sitewright plan secrets ${shellWord(from)} puts them into the stack's secrets)`,
      );
    });
}

async function written(plan: SitePlan, format: "workbook" | "yaml", secrets: boolean): Promise<Uint8Array | string> {
  if (format === "yaml") return toSiteYaml(plan, { secrets });
  try {
    return await fillTemplate(plan, { secrets });
  } catch (error) {
    if (error instanceof NoRoom) throw new UsageError(error.message);
    if (error instanceof WorkbookProblem) throw new UsageError(`${error.message} — ${error.hint}`);
    throw error;
  }
}

function formatOf(file: string): "workbook" | "yaml" {
  const extension = extname(file).toLowerCase();
  if (extension === ".xlsx") return "workbook";
  if (extension === ".yaml" || extension === ".yml") return "yaml";
  throw new UsageError(`${file}: a plan's name ends with .xlsx, .yaml or .yml`);
}
