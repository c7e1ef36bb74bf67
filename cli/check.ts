import { Command, Option } from "commander";
import { describeFindings } from "../plan/describe-findings";
import { readPlan } from "../plan/read";

interface CheckOptions {
  format: "text" | "json";
}

/** `sitewright check PLAN`: what is wrong with a plan, before anything is sent anywhere. */
export function checkCommand(): Command {
  return new Command("check")
    .description(
      "read a plan and print every finding with its sheet and cell; exit 0 without errors, 1 with, 2 unreadable",
    )
    .argument("<plan>", "plan file or its folder")
    .addOption(
      new Option("--format <format>", "text for people, json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (path: string, { format }: CheckOptions) => {
      const loaded = await readPlan(path);
      if (format === "json") console.log(JSON.stringify({ findings: loaded.findings }, undefined, 2));
      else if (loaded.findings.length > 0) console.log(describeFindings(loaded.findings));
      else console.log(`${loaded.file}: no findings`);
      process.exitCode = loaded.ok ? 0 : 1;
    });
}
