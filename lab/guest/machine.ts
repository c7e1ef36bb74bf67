import type { Model } from "../model";
import type { Computer } from "../shell/context";
import { shellMachine } from "../shell/machine";
import type { SiteState } from "../site-state";
import type { SshMachine } from "../ssh-machine";
import { oneOf } from "../switch";
import { CLOUDTOWER_PASSWORD, GUEST_FOLDERS, type LabGuest } from "./guest-model";
import { guestProgram } from "./programs";
import { towerGuest } from "./tower-guest";

export const towerSudo = oneOf(
  "towerSudo",
  ["free", "password"],
  "Whether sudo asks cloudtower for its password.",
  "an image whose kickstart is changed grants cloudtower sudo without a password (facts, part A 4.5); whether the vendor's own does",
  "SSH of CloudTower's guest",
);

/**
 * The guest at CloudTower's address as SSH has it: account cloudtower, ops where somebody has added it, and the
 * programs of the runbook (stage 04).
 */
export function guestMachine(site: SiteState, stopped: AbortSignal): SshMachine {
  return shellMachine(site, stopped, {
    answers: () => towerGuest(site.model) !== undefined,
    computer: () => guestComputer(towerGuest(site.model)),
  });
}

function guestComputer(vm: string | undefined): Computer {
  const guestIn = ({ cluster }: Model): LabGuest | undefined => cluster?.guests[vm ?? ""];
  return {
    systemIn(model) {
      const guest = guestIn(model);
      return guest?.up ? guest : undefined;
    },
    folders: GUEST_FOLDERS,
    hostname: () => "localhost.localdomain",
    passwordIn(model, user) {
      const guest = guestIn(model);
      if (user === "ops") return guest?.opsPassword;
      return user === "cloudtower" ? (guest?.password ?? CLOUDTOWER_PASSWORD) : undefined;
    },
    setPassword(model, user, password) {
      const guest = guestIn(model);
      // Nobody logs in as root here, so that its password is nothing that anybody would see.
      if (guest && user === "cloudtower") guest.password = password;
      if (guest && user === "ops") guest.opsPassword = password;
    },
    accountsIn: (model) => [
      "root",
      "cloudtower",
      ...(guestIn(model)?.opsPassword === undefined ? [] : ["ops" as const]),
    ],
    sudoIsFree: ({ switches }) => switches.of(towerSudo) === "free",
    programOf: guestProgram,
  };
}
