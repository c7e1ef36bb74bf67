import { z } from "zod";
import { defineResource } from "../kernel/define";
import { PlanConflict, Refused } from "../kernel/errors";
import { rightPassword, somePassword } from "../kernel/password-places";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { CHECK_TOWER_IS_SETUP } from "./at-address";
import { cloudtower, started } from "./client";
import { listClusters } from "./clusters";
import { cloudtowerConnection, type TowerConnection } from "./connection";

const IN_TOWER =
  "put the password that stands into the secrets of this connection, or change it in CloudTower to the planned one, then up again";
const changeByHand = (connection: string) =>
  `${rightPassword(connection)}; or change it in CloudTower to the planned one; then up again`;

/** The factory password, and the one form in which GraphQL is known to take it (runbook, stage 04: 硬编码). */
const FACTORY_PASSWORD = "HC!r0cks";
const FACTORY_PASSWORD_ENCODED = "NzllNTE3NTgxYWY5NDY3ODM4ZTczMTg1MDc4YmM3YzQ6eVpSSTlodUNxNDBNL3J4ZTViZ1dqZz09";

/** The root user of a CloudTower that nobody has set up yet; taken when the log-in works. */
export const Setup = defineResource({
  type: "cloudtower:Setup",
  sort: "one-way",
  doc: "The first account of an installed CloudTower, root, by `POST /v2/api/create-root-user`; where CloudTower has no such call, by GraphQL's `createUser` (runbook, stage 04 配置cloudtower 管理员密码), which is documented for the factory password alone. Whether it is set up tells the query `checkTowerIsSetup`; a CloudTower that is set up is taken when the log-in works. The password is the connection's own: environment, secret file, stack secrets, or the plan.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    own: z
      .boolean()
      .default(false)
      .describe("its machine goes when this stack is destroyed: refused while clusters of other sites are connected"),
  }),
  outputs: z.strictObject({ loggedInAs: z.string().describe("who logs in") }),
  example: { args: {}, changed: { own: true } },
  key: ({ connection }) => connection.name,
  procedures: { "": IN_TOWER },
  free: ["own"],
  letGo: "the log-in goes on working",

  async release(context, { own }) {
    if (!own) return;
    // The cluster of this stack has been disconnected by now: what is left is others'.
    const others = await listClusters(context);
    if (others.length > 0)
      throw new PlanConflict(
        `${context.connection.name} is not torn down: it manages ${others.map(({ name, ip }) => `${name} (${ip})`).join(", ")} too`,
        "disconnect these clusters first, by their own stacks or in CloudTower; or leave this stack as it is",
      );
  },

  async find(context) {
    // Right after the installation its services are still starting.
    const isSetUp = await context.wait(
      `CloudTower of ${context.connection.name} to answer`,
      async () => ({ done: await rootExists(context) }),
      { interval: 5_000, cap: 10_000, throughOutage: true },
    );
    if (isSetUp) {
      if (!(await cloudtower(context).refusedLogIn())) return "standing";
      throw new PlanConflict(
        `${context.connection.name} is set up already and refuses the log-in of ${userOf(context)}`,
        changeByHand(context.connection.name),
      );
    }
    const { source = "LOCAL" } = context.connection as TowerConnection;
    if (userOf(context) !== "root" || source !== "LOCAL") {
      throw new PlanConflict(
        `${context.connection.name} is not set up, and its first account is root (LOCAL), not ${userOf(context)} (${source})`,
        "let this connection log in as root, or set CloudTower up by hand and make that account there",
      );
    }
    return "absent";
  },

  async perform(context) {
    const password = passwordOf(context);
    try {
      await cloudtower(context).write({
        operation: `set the password of root on ${context.connection.name}`,
        path: pathTo`/create-root-user`,
        body: { password },
        schema: started,
        anonymous: true,
      });
    } catch (error) {
      if (!(error instanceof Refused) || ![404, 501].includes(error.status ?? 0)) throw error;
      await createByGraphql(context, password);
    } finally {
      cloudtower(context).passwordChanged();
    }
  },

  async settle(context) {
    await refuseUnlessLoggedIn(context);
    return { loggedInAs: userOf(context) };
  },

  async read(context) {
    if (!(await rootExists(context))) return undefined;
    await refuseUnlessLoggedIn(context);
    return { inputs: {}, outputs: { loggedInAs: userOf(context) } };
  },
});

async function rootExists(context: Context): Promise<boolean> {
  const { userCreated } = await cloudtower(context).query({
    operation: `see whether ${context.connection.name} is set up`,
    query: CHECK_TOWER_IS_SETUP,
    schema: z.looseObject({ userCreated: z.looseObject({ created: z.boolean() }) }),
    anonymous: true,
  });
  return userCreated.created;
}

/** The runbook's request. How it encodes a password is not documented, but for the factory's. */
async function createByGraphql(context: Context, password: string): Promise<void> {
  if (password !== FACTORY_PASSWORD) {
    throw new PlanConflict(
      `${context.connection.name} has no call create-root-user, and by GraphQL it is known to take the factory password alone`,
      "put the factory password (runbook, stage 04) into the secrets of this connection and run up; then change it in CloudTower and in the secrets",
    );
  }
  await cloudtower(context).mutate({
    operation: `create the user root on ${context.connection.name}`,
    query:
      'mutation createRootUser($root_password: String!, $now: DateTime!) { createUser(data: {name: "root", source: LOCAL, role: ROOT, username: "root", display_username: "root", password: $root_password, password_recover_qa: {enabled: false, items: []}, password_updated_at: $now}, effect: {encoded: true}) { id } }',
    variables: { root_password: FACTORY_PASSWORD_ENCODED, now: new Date().toISOString() },
    schema: z.looseObject({ createUser: z.looseObject({ id: z.string() }) }),
    anonymous: true,
  });
}

async function refuseUnlessLoggedIn(context: Context): Promise<void> {
  const refused = await cloudtower(context).refusedLogIn();
  if (refused) throw refused;
}

function userOf({ connection }: Context): string {
  return connection.username ?? "root";
}

function passwordOf({ connection }: Context): string {
  if (connection.password) return connection.password;
  throw new PlanConflict(`no password is known for connection ${connection.name}`, somePassword(connection.name));
}
