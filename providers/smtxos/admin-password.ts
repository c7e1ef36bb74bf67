import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotAuthorised, PlanConflict } from "../kernel/errors";
import { rightPassword, somePassword } from "../kernel/password-places";
import type { Context } from "../kernel/resource";
import { type LogIn, refusedLogIn, setUpRoot } from "./client";

const NO_CALL = "Fisheye offers no documented call to change it: change it there by hand";
const changeByHand = (connection: string) => `${NO_CALL}, or ${rightPassword(connection)}`;

/** Fisheye's root password, set once on a cluster that has none; taken when the log-in works. */
export const AdminPassword = defineResource({
  type: "smtxos:AdminPassword",
  sort: "one-way",
  doc: "The password of Fisheye's administrator, by `POST /api/v3/users:setupRoot` (runbook, stage 03). The password is the connection's own: environment, secret file, stack secrets, or the plan.",
  inputs: z.strictObject({ connection: connectionSchema }),
  outputs: z.strictObject({ username: z.string().describe("who logs in") }),
  example: { args: {} },
  key: ({ connection }) => connection.username ?? "root",
  procedures: { "": `${NO_CALL}, or put the password that stands into the secrets of this connection` },
  letGo: "the log-in goes on working",

  async find(context) {
    const logIn = logInOf(context);
    // Right after the deployment Fisheye's services are still starting.
    const refused = await context.wait(
      `Fisheye of ${context.connection.name} to answer`,
      async () => ({ done: await refusedLogIn(context, logIn) }),
      { interval: 5_000, cap: 10_000, throughOutage: true },
    );
    if (!refused) return "standing";
    if (context.inState) {
      throw new PlanConflict(
        `${context.connection.name} refuses the log-in of ${logIn.username}, which worked before`,
        changeByHand(context.connection.name),
      );
    }
    return "absent";
  },

  async perform(context) {
    await setUpRoot(context, logInOf(context));
  },

  async settle(context) {
    const { username, password } = logInOf(context);
    if (await refusedLogIn(context, { username, password })) {
      throw new NotAuthorised(
        `${context.connection.name} refuses the log-in of ${username} right after its password was set`,
        changeByHand(context.connection.name),
      );
    }
    return { username };
  },

  async read(context) {
    const { username, password } = logInOf(context);
    const refused = await refusedLogIn(context, { username, password });
    if (refused) throw refused;
    return { inputs: {}, outputs: { username } };
  },
});

function logInOf({ connection }: Context): LogIn {
  const { username = "root", password } = connection;
  if (!password) {
    throw new PlanConflict(`no password is known for connection ${connection.name}`, somePassword(connection.name));
  }
  return { username, password };
}
