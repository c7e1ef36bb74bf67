import { Command, Option } from "commander";
import { writeAnnotatedCopy } from "../plan/annotated-copy";
import { describeFindings } from "../plan/describe-findings";
import { told } from "../plan/finding";
import { readAnyPlan } from "../plan/read";
import type { Language } from "../plan/text/text";
import { blocks } from "../plan/waivers";
import { UsageError } from "./exit";
import { junit } from "./junit";
import { passwordsElsewhere } from "./passwords-elsewhere";
import { nameOf, plainJson } from "./plain-output";
import { probeLoaded, probesAsJson, probesAsText } from "./probe/probe-command";

interface CheckOptions {
  stack?: string;
  format: "text" | "json" | "junit";
  lang: Language;
  probe?: boolean;
  dryRun?: boolean;
  annotate?: string;
  redact?: boolean;
}

/** `sitewright check PLAN`: what is wrong with a plan, before anything is sent anywhere. */
export function checkCommand(): Command {
  return new Command("check")
    .description(
      "read a plan and print every finding with its sheet and cell; exit 0 without errors, 1 with, 2 unreadable",
    )
    .argument("<plan>", "plan file or its folder")
    .addOption(
      new Option("--format <format>", "text for people, json for programs, junit for build servers")
        .choices(["text", "json", "junit"])
        .default("text"),
    )
    .addOption(new Option("--lang <language>", "language of the findings").choices(["en", "zh"]).default("en"))
    .option("--probe", "ask the site too, read-only: lists the plan's addresses, then looks at what answers there")
    .option("--dry-run", "with --probe: print the list alone, ask nothing")
    .option("--stack <name>", "the stack whose secrets have passwords; the name of the plan's folder unless given")
    .option(
      "--annotate <copy.xlsx>",
      "write a copy of the workbook with its findings marked at their cells and listed on the first sheet, in Chinese unless --lang is given",
    )
    .option("--redact", "with --annotate: leave the passwords out of the copy, wherever the workbook repeats them")
    .addHelpText(
      "after",
      `
A finding is waived by an entry of waivers.yaml beside the plan, for a time:
  - code: vlan-missing          # as printed in brackets
    cell: 虚拟网络!F8            # or, in a site.yaml or vms.yaml, line: 12
    reason: the switch is delivered in March
    expires: 2027-03-31

A blank password is no finding where the environment, the file that SITEWRIGHT_SECRETS names or the stack's secrets have
it: Pulumi.<stack>.yaml shows whose are there, and nothing is decrypted.`,
    )
    .action(async (path: string, options: CheckOptions, command: Command) => {
      const { format, lang, probe = false, dryRun = false, annotate, redact = false } = options;
      if (dryRun && !probe) throw new UsageError("--dry-run goes with --probe");
      if (redact && annotate === undefined) throw new UsageError("--redact goes with --annotate");
      const elsewhere = passwordsElsewhere(path, options.stack);
      const loaded = await readAnyPlan(path, { passwordKnown: elsewhere.known });
      const { file } = loaded;
      if (probe && loaded.kind !== "site")
        throw new UsageError(`--probe asks a site's machines, and ${nameOf(file)} is a plan of ${loaded.kind}`);
      // What was asked for goes to the standard output, what is said on the way there does not.
      const say = dryRun && format === "text" ? console.log : console.error;
      const probed =
        probe && loaded.kind === "site" ? await probeLoaded(loaded, { dryRun, say, language: lang }) : undefined;
      const findings = [...loaded.findings, ...(probed?.findings ?? [])];
      const inLanguage = findings.map((finding) => told(finding, lang));
      if (format === "text" && probed && !dryRun) console.log(probesAsText(probed, file, lang));
      if (format === "json")
        console.log(plainJson({ findings: inLanguage, ...(probed && probesAsJson(probed, lang)) }));
      else if (format === "junit") process.stdout.write(junit(file, inLanguage));
      else if (findings.length > 0) console.log(describeFindings(findings, lang));
      else console.log(lang === "zh" ? `${nameOf(file)}：未发现问题` : `${nameOf(file)}: no findings`);
      const unseen = elsewhere.unseen();
      if (unseen) console.error(unseen);
      if (annotate !== undefined) {
        // Who fills in the workbook reads Chinese, as it is written; who asks for a language gets that.
        const chosen = command.getOptionValueSource("lang") === "default" ? "zh" : lang;
        const remarks = await writeAnnotatedCopy(file, annotate, findings, { language: chosen, redact });
        console.error(`${nameOf(annotate)}: the workbook with its findings`);
        for (const remark of remarks) console.error(remark);
      }
      process.exitCode = findings.some(blocks) ? 1 : 0;
    });
}
