import { expect, test } from "vitest";
import { startLab } from "../lab";
import { ask, labPlan, withLab } from "../lab.fixture";
import { logIn, PASSWORD, setUp, TOWER, towerOf, towerPlan, withSetUpTower, withTower } from "./tower.fixture";

const BLOB = "NzllNTE3NTgxYWY5NDY3ODM4ZTczMTg1MDc4YmM3YzQ6eVpSSTlodUNxNDBNL3J4ZTViZ1dqZz09";
// The runbook's own words, stage 04.
const CREATE_ROOT =
  'mutation createRootUser($root_password: String!, $now: DateTime!) {\n  createUser(data: {name: "root", source: LOCAL, role: ROOT, username: "root", display_username: "root", password: $root_password, password_recover_qa: {enabled: false, items: []}, password_updated_at: $now}, effect: {encoded: true}) {\n    id\n    __typename\n  }\n}\n';
const CREATE_ORGANIZATION =
  "mutation createOrganization($data: OrganizationCreateInput!) {\n  createOrganization(data: $data) {\n    id\n    __typename\n  }\n}\n";
const IS_SET_UP =
  "query checkTowerIsSetup {\n  organizations(first: 1) {\n    id\n    name\n    __typename\n  }\n  userCreated {\n    created\n    __typename\n  }\n}\n";
const CUID = /^c[0-9a-z]{24}$/;

test("CloudTower answers from its installation on, at its own address alone", async () => {
  await withLab({ plan: towerPlan() }, async (lab) => {
    const asked = { at: TOWER, port: 443 } as const;
    await expect(ask(lab, "GET", "/v2/api/get-version", asked)).rejects.toThrow("ECONNREFUSED");
    lab.cloudtower.install();
    await lab.site.settled;
    expect(await ask(lab, "GET", "/v2/api/get-version", asked)).toMatchObject({ status: 200, text: '"4.6.0"' });
    expect((await ask(lab, "GET", "/v2/api/get-version", { port: 443 })).status).toBe(501);
    expect((await ask(lab, "GET", "/api/v2/deployment/host", asked)).status).toBe(501);
    expect((await ask(lab, "POST", "/v2/api/create-what-no-cloudtower-has", asked)).status).toBe(501);
  });
});

test.each([undefined, "redirects", "serves", "closed"] as const)(
  "with towerHttp %s CloudTower's port 80 does so, and serves unless told",
  async (towerHttp) => {
    await withTower({ switches: towerHttp && { towerHttp } }, async ({ lab }) => {
      const asked = ask(lab, "GET", "/v2/api/get-version?a=b", { at: TOWER, port: 80 });
      if (towerHttp === "closed") return await expect(asked).rejects.toThrow("ECONNREFUSED");
      const { status, headers, text } = await asked;
      if (towerHttp !== "redirects") expect([status, text]).toEqual([200, '"4.6.0"']);
      else expect([status, headers.location]).toEqual([301, `https://${TOWER}/v2/api/get-version?a=b`]);
    });
  },
);

test("a plan without CloudTower has none to install", async () => {
  await withLab({ plan: labPlan() }, async (lab) => {
    expect(() => lab.cloudtower.install()).toThrow("the plan has no CloudTower");
  });
});

test("an installed CloudTower comes back with the site, on the same port, with what it knew", async () => {
  await withTower({ cloudtowerVersion: "4.8.0" }, async (tower, dir) => {
    await setUp(tower);
    await tower.lab.stop();
    const next = await startLab({ plan: towerPlan(), dir, speed: "instant", cloudtowerVersion: "4.6.0" });
    try {
      expect(next.reach.endpoints).toEqual(tower.lab.reach.endpoints);
      const again = towerOf(next);
      again.token = await logIn(again);
      expect(again.token).toBe(tower.token);
      expect(await again.data("/get-organizations")).toMatchObject([{ name: "C89" }]);
      // What is installed is not another version because the option is.
      expect(await again.data("/get-deploys")).toMatchObject([{ version: "4.8.0" }]);
    } finally {
      await next.stop();
    }
  });
});

test("the runbook's set-up, word by word: root user, organisation, checkTowerIsSetup, log-in", async () => {
  await withTower({}, async (tower) => {
    expect((await tower.graphql(IS_SET_UP)).body).toEqual({
      data: { organizations: [], userCreated: { created: false, __typename: "UserCreatedData" } },
    });
    const now = "2025-09-30T18:42:47.920Z";
    expect((await tower.graphql(CREATE_ROOT, { root_password: BLOB, now })).body).toEqual({
      data: { createUser: { id: expect.stringMatching(CUID), __typename: "User" } },
    });
    expect((await tower.graphql(CREATE_ORGANIZATION, { data: { name: "八九实验室" } })).body).toEqual({
      data: { createOrganization: { id: expect.stringMatching(CUID), __typename: "Organization" } },
    });
    expect((await tower.graphql(IS_SET_UP)).body).toEqual({
      data: {
        organizations: [{ id: expect.stringMatching(CUID), name: "八九实验室", __typename: "Organization" }],
        userCreated: { created: true, __typename: "UserCreatedData" },
      },
    });
    tower.token = await logIn(tower);
    expect(tower.token).toMatch(/^eyJhbGciOiJIUzI1NiJ9\.[\w-]+\.[\w-]{43}$/);
    const [user] = await tower.data<{ id: string; role: string }[]>("/get-users");
    expect(user).toMatchObject({ role: "ROOT", username: "root", source: "LOCAL" });
    // The token's middle is the user's id, as in the capture.
    expect(Buffer.from(tower.token.split(".")[1] as string, "base64url").toString()).toBe(user?.id);
  });
});

test("a second root user or organisation is refused, with HTTP 200 and errors", async () => {
  await withSetUpTower({}, async (tower) => {
    const root = await tower.graphql(CREATE_ROOT, { root_password: BLOB, now: "2025-09-30T18:42:47.920Z" });
    expect(root).toMatchObject({ status: 200, body: { errors: [{ message: "root user already exists" }] } });
    expect(await tower.post("/create-root-user", { password: "x" })).toMatchObject({ status: 400 });
    const organization = await tower.graphql(CREATE_ORGANIZATION, { data: { name: "C89" } });
    expect(organization.body.errors?.[0]?.message).toBe("organization C89 already exists");
    expect((await tower.post("/create-organization", [{ name: "C89" }])).status).toBe(400);
    const open = await tower.graphql(CREATE_ORGANIZATION, { data: { name: "other" } }, null);
    expect(open.body.errors?.[0]?.message).toBe("invalid token");
    expect(await tower.data("/get-organizations-connection")).toEqual({ aggregate: { count: 1 } });
  });
});

test("a blob that nobody can decode makes no user", async () => {
  await withTower({}, async (tower) => {
    const answer = await tower.graphql(CREATE_ROOT, { root_password: "b3RoZXI=", now: "2025-09-30T18:42:47.920Z" });
    expect(answer.body.errors?.[0]?.message).toBe("the password cannot be decoded");
    expect((await tower.graphql<{ userCreated: unknown }>(IS_SET_UP)).body.data.userCreated).toMatchObject({
      created: false,
    });
  });
});

test("what GraphQL itself refuses is HTTP 400", async () => {
  await withSetUpTower({}, async (tower) => {
    for (const query of ["query a { nothing { id } }", "query {", "query a { organizations { nothing } }"])
      expect(await tower.graphql(query)).toMatchObject({ status: 400, body: { errors: [{}] } });
  });
});

test.each<[string, object]>([
  ["a wrong password", { username: "root", source: "LOCAL", password: "wrong" }],
  ["a user that is not there", { username: "nobody", source: "LOCAL", password: PASSWORD }],
  ["another source", { username: "root", source: "LDAP", password: PASSWORD }],
  ["no password", { username: "root", source: "LOCAL" }],
])("a log-in with %s is refused", async (_what, account) => {
  await withSetUpTower({}, async (tower) => {
    const answer = await tower.post("/login", account);
    expect(answer).toMatchObject({ status: 400, body: { status: 400, path: "/login" } });
    expect(answer.headers["x-tower-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("users of a directory and API keys have their ways in", async () => {
  await withSetUpTower({ switches: { wrongLogin: 401 } }, async (tower) => {
    tower.lab.cloudtower.change(({ users, tokens }) => {
      for (const source of ["LDAP", "AUTHN"] as const)
        users.push({ id: `c${source}`, username: "eve", source, role: "ADMIN", password: source, passwordSetAt: 0 });
      tokens["an-api-key"] = "cLDAP";
    });
    for (const source of ["LDAP", "AUTHN"]) {
      const account = { username: "eve", source, password: source };
      expect((await tower.post("/login", account)).status).toBe(200);
      expect((await tower.post("/login", { ...account, source: "LOCAL" })).status).toBe(401);
    }
    for (const key of ["an-api-key", "Bearer an-api-key"])
      expect((await tower.post("/get-organizations", {}, key)).status).toBe(200);
  });
});

test("a call without a token, or with a wrong or forgotten one, is refused", async () => {
  await withSetUpTower({}, async (tower) => {
    const count = { aggregate: { count: 1 } };
    for (const token of [null, "wrong"])
      expect(await tower.post("/get-organizations-connection", {}, token)).toMatchObject({
        status: 401,
        body: { message: "invalid token", status: 401, path: "/get-organizations-connection" },
      });
    await tower.lab.setFaults([{ operation: "getOrganizationsConnection", expireSession: true, count: 1 }]);
    expect((await tower.post("/get-organizations-connection")).status).toBe(401);
    expect((await tower.post("/get-organizations-connection")).status).toBe(401);
    // The token of a user is the same each time.
    expect(await logIn(tower)).toBe(tower.token);
    expect(await tower.data("/get-organizations-connection")).toEqual(count);
  });
});

test("faults meet GraphQL by what it asks for, and 304 has no body", async () => {
  await withSetUpTower({}, async (tower) => {
    await tower.lab.setFaults([
      { operation: "graphqlUpdateCloudTowerNtpUrl", answer: { status: 502, html: true } },
      { operation: "graphqlOrganizations", answer: { status: 304, body: {} } },
    ]);
    const ntp = "mutation a($data: NtpCommonUpdateInput!) { updateCloudTowerNtpUrl(data: $data) { ntp_service_url } }";
    expect(await tower.graphql(ntp, { data: { ntp_service_url: "a" } })).toMatchObject({ status: 502 });
    expect(await tower.graphql(IS_SET_UP)).toMatchObject({ status: 304, text: "", type: "" });
    expect((await tower.graphql("query a { userCreated { created } }")).status).toBe(200);
    const recorded = tower.lab.requests().slice(-3);
    expect(recorded.map(({ operation, write }) => [operation, write])).toEqual([
      ["graphqlUpdateCloudTowerNtpUrl", true],
      ["graphqlOrganizations", false],
      ["graphqlUserCreated", false],
    ]);
  });
});

test("no password stands in the record", async () => {
  await withTower({}, async (tower) => {
    await setUp(tower);
    await tower.graphql(CREATE_ROOT, { root_password: BLOB, now: "2025-09-30T18:42:47.920Z" });
    const shown = JSON.stringify(tower.lab.requests().map(({ rawBody: _raw, ...shown }) => shown));
    for (const secret of [PASSWORD, BLOB, tower.token as string]) expect(shown).not.toContain(secret);
  });
});
