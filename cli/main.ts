import { Command } from "commander";
import { checkCommand } from "./check";
import { demoCommand } from "./demo";
import { docsCommand } from "./docs";
import { exitCodeOf } from "./exit";
import { labCommand } from "./lab";
import { planCommand } from "./plan";
import { printAside } from "./print";

const program = new Command("sitewright")
  .description(
    "Private-cloud sites from their planning workbook. The site itself is made by pulumi: preview, up, refresh, destroy.",
  )
  .addHelpText(
    "after",
    "\nPLAN is a plan file (*.xlsx or site.yaml) or a folder that holds exactly one.\nExit codes: 0 well, 1 findings or failure, 2 unreadable plan or wrong usage.",
  )
  .addCommand(checkCommand())
  .addCommand(planCommand())
  .addCommand(labCommand())
  .addCommand(demoCommand(), { hidden: true })
  .addCommand(docsCommand(), { hidden: true });

// Commands that were made elsewhere inherit nothing of this.
for (const command of withSubcommands(program)) {
  command
    .showHelpAfterError("--help tells how it is used")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}

program.parseAsync().catch((error: unknown) => {
  printAside(`sitewright: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(exitCodeOf(error));
});

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
