import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { changeTower } from "./change-tower";
import { done, onTower, openRest, parsed, Refused } from "./rest";
import { userRow } from "./small-rows";
import { type LabTower, type LabTowerUser, USER_SOURCES } from "./tower-model";

export const wrongLogin = oneOf(
  "wrongLogin",
  [400, 401, 404, 500],
  "Status of the answer to a wrong log-in to CloudTower.",
  "what a wrong log-in to CloudTower is answered with; the schema knows 400, 404 and 500",
);

const loginSchema = z.looseObject({
  username: z.string(),
  password: z.string(),
  source: z.enum(USER_SOURCES).nullish(),
});

/** Log-ins, and the first account. */
export const accountOperations: Operation[] = [
  openRest({
    id: "towerLogin",
    path: "/login",
    write: false,
    source:
      "runbook stage 04 登录cloudtower 获取token; the sources: facts, part B 5A 4; a token never expires and is the same each time: there, from its form",
    assumed: "the answer to a wrong log-in; source is LOCAL where it is left out",
    switches: [wrongLogin],
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { username, password, source } = parsed(loginSchema, call.body);
      return { status: 200, body: done({ token: logIn(site, tower, username, password, source ?? "LOCAL") }) };
    },
  }),
  openRest({
    id: "createRootUser",
    path: "/create-root-user",
    write: true,
    source: "the vendor's schema: without a log-in",
    assumed: "it is done at once; 400 for a second time",
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { password } = parsed(z.looseObject({ password: z.string().min(1) }), call.body);
      return { status: 200, body: done(userRow(addRoot(site, tower, password))) };
    },
  }),
  {
    id: "getTowerVersion",
    system: "cloudtower",
    method: "GET",
    path: "/v2/api/get-version",
    write: false,
    source: "the vendor's schema: text, without a log-in",
    checkedBy: "lab tests",
    handle: (site, call) => onTower(site, call, ({ version }) => ({ status: 200, body: version })),
  },
];

/** The token of a user who gives the right password. Refused otherwise. */
export function logIn(
  site: SiteState,
  tower: LabTower,
  username: string,
  password: string,
  source: LabTowerUser["source"],
): string {
  const user = tower.users.find((each) => each.username === username && each.source === source);
  if (!user || user.password !== password)
    throw new Refused(site.switches.of(wrongLogin), "wrong username or password");
  const token = tokenFor(site, user);
  changeTower(site, ({ tokens }) => {
    tokens[token] = user.id;
  });
  return token;
}

/** The captures' form: a header, the user's id, a signature. */
function tokenFor(site: SiteState, { id }: LabTowerUser): string {
  const signed = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(id).toString("base64url")}`;
  return `${signed}.${createHmac("sha256", site.fixedId("tower tokens")).update(signed).digest("base64url")}`;
}

/** The account that can do everything; there is one. */
export function addRoot(site: SiteState, tower: LabTower, password: string): LabTowerUser {
  if (tower.users.some(({ role }) => role === "ROOT")) throw new Refused(400, "root user already exists");
  const user: LabTowerUser = {
    id: site.cuid("user root"),
    username: "root",
    source: "LOCAL",
    role: "ROOT",
    password,
    passwordSetAt: site.now,
  };
  changeTower(site, ({ users }) => {
    users.push(user);
  });
  return user;
}
