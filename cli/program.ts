import { Command, CommanderError } from "commander";
import { checkCommand } from "./check";
import { demoCommand } from "./demo";
import { docsCommand } from "./docs";
import { exitCodeOf } from "./exit";
import { labCommand } from "./lab";
import { planCommand } from "./plan";
import { adoptCommand } from "./tower/adopt";
import { backupCommand } from "./tower/backup";
import { vncCommand } from "./tower/vnc";

/**
 * Runs the command `sitewright` with the words after its name. Prints what fails, and resolves with the code to exit with
 * at once; undefined where it has ended well, or goes on, and process.exitCode says the rest.
 */
export async function sitewright(words: string[]): Promise<number | undefined> {
  try {
    await program().parseAsync(words, { from: "user" });
    return undefined;
  } catch (error) {
    // Commander has printed what is wrong with the words, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`sitewright: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(error);
  }
}

function program(): Command {
  const whole = new Command("sitewright")
    .description(
      "Private-cloud sites from their planning workbook. The site itself is made by pulumi: preview, up, refresh, destroy.",
    )
    .addHelpText(
      "after",
      "\nPLAN is a plan file (*.xlsx, site.yaml or vms.yaml) or a folder that holds exactly one.\nExit codes: 0 well, 1 findings or failure, 2 unreadable plan or wrong usage.",
    )
    .addCommand(checkCommand())
    .addCommand(planCommand())
    .addCommand(vncCommand())
    .addCommand(backupCommand())
    .addCommand(adoptCommand())
    .addCommand(labCommand())
    .addCommand(demoCommand(), { hidden: true })
    .addCommand(docsCommand(), { hidden: true });
  // Commands that were made elsewhere inherit nothing of this.
  for (const command of withSubcommands(whole))
    command.showHelpAfterError("--help tells how it is used").exitOverride();
  return whole;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
