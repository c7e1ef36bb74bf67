import { isIPv6 } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TowerLogin } from "../../components/tower-login";

/** Which CloudTower a command speaks with, as it was told. */
export interface TowerOptions {
  plan?: string;
  stack?: string;
  cloudtower?: string;
  login?: TowerLogin;
  cluster?: string;
}

/** Has a command take which CloudTower it is to speak with. `folder`: whose reach.json and trust.yaml count without a plan. */
export function asksTower(command: Command, folder = "the working folder"): Command {
  return command
    .option("--plan <plan>", "plan file or its folder: CloudTower is its, and so are stack, reach.json and trust.yaml")
    .option(
      "--stack <name>",
      "with --plan: the stack whose settings and secrets count; the name of its folder unless given",
    )
    .option(
      "--cloudtower <host>",
      `without a plan: CloudTower's address or host name; reach.json and trust.yaml are those of ${folder}`,
      hostName,
    )
    .addOption(
      new Option(
        "--login <source>",
        "who knows the user; as the stack's setting cloudtowerLogin, or LOCAL, unless given",
      ).choices(["LOCAL", "LDAP", "AUTHN", "API_KEY"]),
    )
    .option("--cluster <name>", "the cluster to look for machines in; the plan's, or any, unless given");
}

/** For the help of these commands. */
export const TOWER_HELP = `
The log-in is that of the connection cloudtower: SITEWRIGHT_CLOUDTOWER_USERNAME (root unless set) and
SITEWRIGHT_CLOUDTOWER_PASSWORD, the file that SITEWRIGHT_SECRETS names, with --plan the stack's secrets (pulumi decrypts
them) and the plan.`;

function hostName(text: string): string {
  if (isIPv6(text) || /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(text)) return text;
  throw new InvalidArgumentError("It is a host name or an address, without https:// and port.");
}
