import type { Operation } from "./operation";
import { operations } from "./router";
import { STAGES } from "./site-state";
import { SSH_OPERATIONS } from "./ssh-machine";
import type { Switch } from "./switch";
import { SWITCHES, type SwitchName, switchNames } from "./switches";

/** What stands behind no single operation, or behind all of them. */
const ASSUMED: [what: string, why: string][] = [
  [
    "the stages of a deployment after the first, and how long each takes",
    `the runbook shows one stage, prepare_network_and_config_file; here: ${STAGES.map((stage) => stage.name).join(", ")}, ${STAGES.at(-1)?.until} minutes together`,
  ],
  [
    `a host's network is gone in ${STAGES.filter((stage) => !stage.reachable)
      .map((stage) => stage.name)
      .join(" and ")}`,
    "known: connections break while hosts reconfigure their network (facts, part A 2.5); when and how often is not",
  ],
  [
    "ec codes other than EOK: EINVAL, EDEPLOYING, ENOTFOUND, EEXIST, EINUSE, EBUSY, EJOBFAILED, EUNAUTHORIZED",
    "the documents show EOK alone",
  ],
  [
    "503 from Fisheye's paths before the cluster is deployed",
    "no document asks them so early; its services start with the cluster",
  ],
  [
    "a host on which a deployment failed keeps its networks and takes no second one",
    "the captures show ovsbr-* and port-* on hosts that are not deployed; the way on is a new installation",
  ],
  [
    "a password blob other than the factory password's leaves the account's password as it was",
    "how the blobs are made is not known (facts, part A 1)",
  ],
  [
    "after a failed deployment deploy_status answers as after a good one, and is_deployed is false",
    "no document shows a failure",
  ],
  [
    "every host serves Fisheye, as the VIP does once it is set",
    "the runbook asks the first host, public clients the VIP",
  ],
  ["deployment and Fisheye answer on 80 and on 443 alike", "the runbook has both http and https; facts, part A 1"],
  [
    "passwords of accounts are taken as they are, however weak; passwd asks once for each, and ends with 10 where one is wrong",
    "no document names a rule for them",
  ],
  [
    `in fault rules and in the record log-ins, commands that change passwords, all other commands over SSH, and those that write resolv.conf, run preinstall.sh or run the installer are ${Object.values(SSH_OPERATIONS).join(", ")}`,
    "they are no calls; of one line the last of these counts, and passwords only where none of the others is in it; of a rule they heed delay, drop, hang, answer (status is the exit code) and lostUpdate, a log-in drop, hang and answer; the guest heeds installer, preinstall and pgrep too, and with drop after-commit the connection breaks as soon as installer or preinstall.sh has begun",
  ],
  [
    "a virtual machine is CloudTower's when its guest's tools run and have set the plan's cloudtower.address on a NIC that is up; SSH answers there then, with the account cloudtower and its factory password, with ops once somebody has added it, with nobody else, and one host key whichever machine it is; homes are their accounts' alone, and each machine has a machine-id of its own",
    "the tools set the address (runbook, stage 04 通过vmtools配置cloudtower网络), the account is the runbook's (stage 04 通过ssh执行cloudtower服务部署脚本); what an image installs the lab cannot know, it keeps none of its bytes",
  ],
  [
    "a command over SSH lasts a quarter of a second of real time at least, unless its input ends before",
    "a process takes its time; a public client writes sudo's password after it has started the command (facts, part A 4.7)",
  ],
  [
    "hosts and CloudTower's guest have one shell, with quotes, redirections, here-documents, pipes, &&, ||, ;, &, if, groups, set -e, variables of its own, $?, $!, $HOME, $USER and $(…); its programs are chpasswd, passwd, id, whoami, hostname, uname, touch, cat, echo, printf, tee, head, tail, wc, stat, ls, grep, rm, mv, cp, test, pgrep, kill, sleep, sudo, nohup, setsid, systemd-run, sh and bash; anything else ends with 127 and says so; folders are what they are",
    "the commands are those of the runbook (stage 03 批量配置主机密码, and stage 04) and of a public client (facts, part A 3.8b and 4.7), and what a careful client sends instead; that resolv.conf is missing in the guest at first is assumed",
  ],
  [
    "preinstall.sh takes 30 seconds and may be run again; the installer takes 20 minutes, and what it says but for its last line is made up",
    "about 20 minutes, many lines of log, and the line Install Operation Center Successfully: runbook, stage 04; no other line is shown, and no line of a failure",
  ],
  [
    "two installers at once in one guest both fail and say so; one that is run again after success or failure runs as the first; both programs need root",
    "no document says it",
  ],
  [
    "what runs in the guest dies with its connection unless it was started by nohup, setsid or systemd-run, on a pty or without; a job in the background holds the connection open while the connection's output is its own",
    "SIGHUP and sshd; without a pty some programs live on, until they write: the lab takes the harder case",
  ],
  [
    "CloudTower's ports 22, 80 and 443 close when its machine stops and open a minute after it starts; its data and resolv.conf stay, and go with the machine",
    "they lie on the machine's disk; the minute is that of the guest tools",
  ],
  [
    "disks and images lie on one datastore, each on the next number; of a virtual machine only what this table's operations name is modelled",
    "the runbook shows paths of both, not how they come about",
  ],
  [
    "CloudTower's REST carries an array out one by one: what stands before one that is refused is made",
    "the schema says 400 and 404, not what is left then",
  ],
  [
    "CloudTower's messages are English, whatever content-language asks for; only status, and for a task the code in error_message, are to be relied on",
    "messages change with content-language (facts, part B 5A 21); no document lists them",
  ],
  [
    "a job takes 30 seconds; hosts_associated and vlans_count are right 20 seconds after",
    "known: jobs pend and the samples show both too early (facts, part B 5B 11); how long is not",
  ],
];

/** lab/COVERAGE.md: what the lab has, from the operations themselves. */
export function coverage(): string {
  return [
    "# What the lab has",
    "",
    "Written by `npm run docs` from the operations in `lab/`; do not edit. The runbook is the vendor's deployment runbook; facts are the project's notes on it and on public clients.",
    "",
    "## Operations",
    "",
    ...table(
      ["operation", "system", "call", "state", "assumed", "switches", "source", "checked by"],
      [
        ...operations.map(operationRow),
        [
          "(every other call)",
          "all",
          "any",
          "refused: 501, and the answer says so",
          "",
          "",
          "the lab's own rule",
          "lab tests",
        ],
      ],
    ),
    "",
    "## Switches",
    "",
    "What no document settles and a client may meet either way. `lab start --switch NAME=VALUE` sets them, or `startLab({ switches: { … } })`; docs/lab.md has their values.",
    "",
    ...table(["switch", "default", "what is not known", "operations"], switchNames.map(switchRow)),
    "",
    "## Assumed throughout",
    "",
    ...table(["what", "why"], ASSUMED),
    "",
  ].join("\n");
}

function operationRow(operation: Operation): string[] {
  return [
    operation.id,
    operation.system,
    `\`${callOf(operation)}\``,
    operation.assumed ? "built, partly assumed" : "built",
    operation.assumed ?? "",
    (operation.switches ?? []).map(({ name }) => `\`${name}\``).join(", "),
    operation.source,
    operation.checkedBy,
  ];
}

function callOf({ method, path, graphql }: Operation): string {
  return `${method} ${path}${graphql ? ` ${graphql}` : ""}`;
}

function switchRow(name: SwitchName): string[] {
  const one = SWITCHES[name];
  return [`\`${name}\``, String(one.values[0]), one.source, one.changes ?? operationsWith(one)];
}

function operationsWith(one: Switch): string {
  const users = operations.filter((operation) => operation.switches?.includes(one));
  return users.map((operation) => operation.id).join(", ");
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
