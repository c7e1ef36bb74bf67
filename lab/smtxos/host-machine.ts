import type { Model } from "../model";
import type { Computer } from "../shell/context";
import { shellMachine } from "../shell/machine";
import { FOLDERS, newSystem } from "../shell/system";
import type { SiteState } from "../site-state";
import type { SshMachine } from "../ssh-machine";
import { oneOf } from "../switch";
import { hasNetwork } from "./deployment-course";
import type { LabHost } from "./host-model";

export const smartxSudo = oneOf(
  "smartxSudo",
  ["free", "password"],
  "Whether sudo asks smartx for its password.",
  "a public client sends sudo -n (facts, part A 3.8b), which works only where sudo asks for no password; no document says it",
  "SSH of each host",
);

const HOST_FOLDERS: typeof FOLDERS = { ...FOLDERS, "/home/smartx": "smartx" };

/** A host as SSH has it: accounts root and smartx. */
export function hostMachine(site: SiteState, host: () => LabHost, stopped: AbortSignal): SshMachine {
  return shellMachine(site, stopped, {
    answers: () => hasNetwork(site, host()),
    computer: () => hostComputer(host().uuid),
  });
}

function hostComputer(uuid: string): Computer {
  const hostIn = ({ hosts }: Model): LabHost => hosts.find((each) => each.uuid === uuid) as LabHost;
  return {
    systemIn(model) {
      const host = hostIn(model);
      host.system ??= newSystem(uuid.replaceAll("-", ""));
      return host.system;
    },
    folders: HOST_FOLDERS,
    hostname: (model) => hostIn(model).hostname,
    passwordIn: (model, user) => (isAccount(user) ? hostIn(model).passwords[user] : undefined),
    setPassword(model, user, password) {
      if (isAccount(user)) hostIn(model).passwords[user] = password;
    },
    accountsIn: () => ["root", "smartx"],
    sudoIsFree: ({ switches }) => switches.of(smartxSudo) === "free",
  };
}

function isAccount(name: string): name is keyof LabHost["passwords"] {
  return name === "root" || name === "smartx";
}
