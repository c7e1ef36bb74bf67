import { type Context, changeSystem, type Program } from "./context";
import type { User } from "./system";

/** What changes the passwords of accounts; passwords are taken as they are, however weak. */
export const PASSWORD_PROGRAMS: Record<string, Program> = { chpasswd, passwd };

/** Lines `user:password`: all of them or none. */
async function chpasswd(context: Context): Promise<number> {
  const refused = (why: string) => {
    context.err.write(`chpasswd: ${why}\n`);
    return 1;
  };
  const input = await context.input.rest();
  if (context.user !== "root") return refused("cannot lock /etc/passwd; try again later.");
  const wanted: [User, string][] = [];
  for (const [index, line] of input.split("\n").filter(Boolean).entries()) {
    const colon = line.indexOf(":");
    if (colon < 0) return refused(`line ${index + 1}: missing new password`);
    const name = line.slice(0, colon);
    if (!isAccount(context, name)) return refused(`line ${index + 1}: user '${name}' does not exist`);
    wanted.push([name, line.slice(colon + 1)]);
  }
  setPasswords(context, wanted);
  return 0;
}

/** The runbook's way (stage 03 批量配置主机密码): the own account's old password is asked for, root's word is taken. */
async function passwd(context: Context, [name = context.user]: string[]): Promise<number> {
  const { user, session, out, err } = context;
  const refused = (why: string, code: number) => {
    err.write(`passwd: ${why}\n`);
    return code;
  };
  if (!isAccount(context, name)) return refused(`Unknown user name '${name}'.`, 1);
  if (user !== "root" && name !== user) return refused("Only root can specify a user name.", 1);
  const ask = async (prompt: string) => {
    err.write(prompt);
    const given = await context.input.line();
    if (context.input.typed) err.write("\n");
    return given;
  };
  out.write(`Changing password for user ${name}.\n`);
  const failed = "Authentication token manipulation error";
  const known = session.computer.passwordIn(session.site.model, name);
  if (user !== "root" && (await ask("Current password: ")) !== known) return refused(failed, 10);
  const password = await ask("New password: ");
  const again = await ask("Retype new password: ");
  if (!password) return refused(failed, 10);
  if (password !== again) {
    err.write("Sorry, passwords do not match.\n");
    return refused(failed, 10);
  }
  setPasswords(context, [[name, password]]);
  out.write("passwd: all authentication tokens updated successfully.\n");
  return 0;
}

function isAccount({ session: { computer, site } }: Context, name: string): name is User {
  return computer.accountsIn(site.model).some((each) => each === name);
}

function setPasswords(context: Context, wanted: [User, string][]): void {
  const { computer } = context.session;
  changeSystem(context, (_system, model) => {
    for (const [user, password] of wanted) computer.setPassword(model, user, password);
  });
}
