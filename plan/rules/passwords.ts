import { accountsOf, accountsWithPassword, type PlannedAccount } from "../accounts";
import type { Draft } from "../draft";
import { maskedSecret } from "../finding";
import type { PartialPlan } from "./partial-plan";
import { hasError, report } from "./report";

/**
 * Tells whether another source than the plan has the password of a connection, named as in accounts.ts; undefined where
 * there may be sources that are not seen from here, such as the environment that the plan is built in.
 */
export type PasswordKnown = (connection: string) => boolean | undefined;

/**
 * Passwords that stand in the plan, and those that do not.
 *
 * A blank password is where the vendor's own tool puts a factory default (HC!r0cks, ADMIN), without a word. Nothing
 * here does: passwords come from the environment or the stack's secrets first, and a workbook whose cells were
 * blanked for that must stay a plan that can be built. So a blank one is a warning where it is not known what the
 * other sources hold, an error where they are known not to have it, and nothing where they have. A site.yaml is
 * written without passwords; there, blank ones are said only where the other sources are known.
 */
export function checkPasswords(draft: Draft, plan: PartialPlan, known: PasswordKnown = () => undefined): void {
  for (const { path, password } of accountsWithPassword(plan)) {
    if (password !== "") report(draft, "password-in-plan", path, { value: maskedSecret });
  }
  for (const { path, password, connection } of neededAccounts(plan)) {
    if ((password !== undefined && password !== "") || hasError(draft, path)) continue;
    const place = draft.placeOf(path);
    const elsewhere = known(connection);
    if (elsewhere === undefined) {
      if (place && "cell" in place) report(draft, "password-blank", path, { params: { connection } });
    } else if (!elsewhere) report(draft, "password-missing", path, { params: { connection } });
  }
  plan.hosts?.forEach((host, i) => {
    const path = ["hosts", i, "bmc", "username"];
    const place = draft.placeOf(path);
    if (!host?.bmc?.address || host.bmc.username || !place || !("cell" in place) || hasError(draft, path)) return;
    report(draft, "bmc-user-blank", path);
  });
}

/** The accounts whose password the vendor's tool has a default for, where the plan has the machine. */
function neededAccounts(plan: PartialPlan): PlannedAccount[] {
  return accountsOf(plan).filter(({ path }) => {
    const [part, index, account] = path;
    if (part === "hosts") return account !== "bmc" || plan.hosts?.[Number(index)]?.bmc?.address !== undefined;
    if (part === "cluster") return plan.cluster !== undefined;
    return part === "cloudtower" && index === "password" && plan.cloudtower !== undefined;
  });
}
