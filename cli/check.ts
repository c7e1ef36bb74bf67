import { Command, Option } from "commander";
import { describeFindings } from "../plan/describe-findings";
import { readPlan } from "../plan/read";
import { UsageError } from "./exit";
import { probeLoaded, probesAsJson, probesAsText } from "./probe/probe-command";

interface CheckOptions {
  format: "text" | "json";
  probe?: boolean;
  dryRun?: boolean;
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
    .option("--probe", "ask the site too, read-only: lists the plan's addresses, then looks at what answers there")
    .option("--dry-run", "with --probe: print the list alone, ask nothing")
    .action(async (path: string, { format, probe = false, dryRun = false }: CheckOptions) => {
      if (dryRun && !probe) throw new UsageError("--dry-run goes with --probe");
      const loaded = await readPlan(path);
      // What was asked for goes to the standard output, what is said on the way there does not.
      const say = dryRun && format === "text" ? console.log : console.error;
      const probed = probe ? await probeLoaded(loaded, { dryRun, say }) : undefined;
      const findings = [...loaded.findings, ...(probed?.findings ?? [])];
      if (format === "json") {
        console.log(JSON.stringify({ findings, ...(probed && { probes: probesAsJson(probed) }) }, undefined, 2));
      } else {
        if (probed && !dryRun) console.log(probesAsText(probed, loaded.file));
        if (findings.length > 0) console.log(describeFindings(findings));
        else console.log(`${loaded.file}: no findings`);
      }
      process.exitCode = loaded.ok && findings.every(({ severity }) => severity !== "error") ? 0 : 1;
    });
}
