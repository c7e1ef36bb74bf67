import type { Operation } from "./operation";
import { operations } from "./router";
import { SSH_OPERATIONS } from "./ssh-machine";
import type { Switch } from "./switch";
import { SWITCHES, type SwitchName, switchNames } from "./switches";
import { systems } from "./systems";

/** What is assumed of the shells of all machines, and of SSH. */
const ASSUMED: readonly [what: string, why: string][] = [
  [
    `in fault rules and in the record log-ins, commands that change passwords, all other commands over SSH, and those that write resolv.conf, run preinstall.sh or run the installer are ${Object.values(SSH_OPERATIONS).join(", ")}`,
    "they are no calls; of one line the last of these counts, and passwords only where none of the others is in it; of a rule they heed delay, drop, hang, answer (status is the exit code) and lostUpdate, a log-in drop, hang and answer; the guest heeds installer, preinstall and pgrep too, and with drop after-commit the connection breaks as soon as installer or preinstall.sh has begun",
  ],
  [
    "a command over SSH lasts a quarter of a second of real time at least, unless its input ends before",
    "a process takes its time; a public client writes sudo's password after it has started the command (facts, part A 4.7)",
  ],
  [
    "hosts and CloudTower's guest have one shell, with quotes, redirections, here-documents, pipes, &&, ||, ;, &, if, groups, set -e, variables of its own, $?, $!, $HOME, $USER and $(…); its programs are chpasswd, passwd, id, whoami, hostname, uname, touch, cat, echo, printf, tee, head, tail, wc, stat, ls, grep, rm, mv, cp, test, pgrep, kill, sleep, sudo, nohup, setsid, systemd-run, sh and bash; anything else ends with 127 and says so; folders are what they are",
    "the commands are those of the runbook (stage 03 批量配置主机密码, and stage 04) and of a public client (facts, part A 3.8b and 4.7), and what a careful client sends instead; that resolv.conf is missing in the guest at first is assumed",
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
    ...table(
      ["what", "why"],
      [...systems.flatMap(({ assumed }) => assumed), ...ASSUMED].map((row) => [...row]),
    ),
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
