import { Command } from "commander";
import { vmCalled } from "../../providers/cloudtower/client-vms";
import { vncAddress } from "../../providers/cloudtower/client-vnc";
import { withTower } from "./tower";
import { asksTower, TOWER_HELP, type TowerOptions } from "./tower-options";

/** `sitewright vnc VM`: where a viewer reaches a machine's screen. */
export function vncCommand(): Command {
  return asksTower(
    new Command("vnc")
      .description("print the address of a virtual machine's screen, wss://…, for noVNC; nothing is changed")
      .argument("<vm>", "name of the machine in CloudTower, or its id")
      .option("--direct", "the way to the cluster itself, not through CloudTower", false),
  )
    .addHelpText(
      "after",
      `
The address holds a token: who has it sits at the machine. It is printed once, and kept nowhere.
${TOWER_HELP}`,
    )
    .action(async (vm: string, options: TowerOptions & { direct: boolean }) => {
      await withTower(options, async ({ caller, cluster }) => {
        const found = await vmCalled(caller, vm, cluster);
        console.log(await vncAddress(caller, found, options.direct ? "cluster" : "tower"));
      });
    });
}
