import type { Draft, Path } from "../draft";
import { maskedSecret } from "../finding";
import type { PartialPlan } from "./partial-plan";
import { hasError, report } from "./report";

/** Tells whether another source than the plan has a password; `path` is the plan's, e.g. `hosts.0.ssh.password`. */
export type PasswordKnown = (path: string) => boolean;

/**
 * Passwords that stand in the plan, and those that do not.
 *
 * A blank password is where the vendor's own tool puts a factory default (HC!r0cks, ADMIN), without a word. Nothing
 * here does: passwords come from the environment or the stack's secrets first, and a workbook whose cells were
 * blanked for that must stay a plan that can be built. So a blank one is a warning where it is not known what the
 * other sources hold, an error where they are known not to have it, and nothing where they have. A site.yaml is
 * written without passwords; there, blank ones are said only where the other sources are known.
 */
export function checkPasswords(draft: Draft, plan: PartialPlan, known?: PasswordKnown): void {
  for (const path of passwordsIn(plan)) report(draft, "password-in-plan", path, { value: maskedSecret });

  for (const [path, value] of neededPasswords(plan)) {
    if ((value !== undefined && value !== "") || hasError(draft, path)) continue;
    const place = draft.placeOf(path);
    if (known === undefined) {
      if (place && "cell" in place) report(draft, "password-blank", path);
    } else if (!known(path.join("."))) report(draft, "password-missing", path);
  }
  plan.hosts?.forEach((host, i) => {
    const path = ["hosts", i, "bmc", "username"];
    const place = draft.placeOf(path);
    if (!host?.bmc?.address || host.bmc.username || !place || !("cell" in place) || hasError(draft, path)) return;
    report(draft, "bmc-user-blank", path);
  });
}

/** Passwords that something is logged in with, or set to: those that the vendor's tool has defaults for. */
function neededPasswords(plan: PartialPlan): [Path, unknown][] {
  const hosts = (plan.hosts ?? []).flatMap((host, i) => [
    { path: ["hosts", i, "ssh"], needed: true, account: host?.ssh },
    { path: ["hosts", i, "root"], needed: true, account: host?.root },
    { path: ["hosts", i, "bmc"], needed: host?.bmc?.address !== undefined, account: host?.bmc },
  ]);
  return [
    ...hosts,
    { path: ["cluster", "admin"], needed: plan.cluster !== undefined, account: plan.cluster?.admin },
    { path: ["cloudtower"], needed: plan.cloudtower !== undefined, account: plan.cloudtower },
  ].flatMap(({ path, needed, account }): [Path, unknown][] =>
    needed ? [[[...path, "password"], account?.password]] : [],
  );
}

/** Where each password of the plan stands that is there. */
function passwordsIn(plan: PartialPlan): Path[] {
  const accounts: [Path, { password?: unknown } | undefined][] = [
    ...(plan.hosts ?? []).flatMap((host, i): [Path, { password?: unknown } | undefined][] => [
      [["hosts", i, "ssh"], host?.ssh],
      [["hosts", i, "root"], host?.root],
      [["hosts", i, "bmc"], host?.bmc],
    ]),
    [["cluster", "admin"], plan.cluster?.admin],
    ...(["cloudtower", "observability", "backupService"] as const).flatMap(
      (key): [Path, { password?: unknown } | undefined][] => [
        [[key], plan[key]],
        [[key, "ssh"], plan[key]?.ssh],
        [[key, "system"], plan[key]?.system],
      ],
    ),
  ];
  return accounts.flatMap(([path, account]) => {
    const password = account?.password;
    return typeof password === "string" && password !== "" ? [[...path, "password"]] : [];
  });
}
