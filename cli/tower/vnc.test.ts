import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { madeVm, vmRequest } from "../../lab/cloudtower/machines.fixture";
import { PASSWORD, TOWER } from "../../lab/cloudtower/tower.fixture";
import { filesUnder } from "../../test/site/files-under";
import { sitewrightHere } from "../sitewright.fixture";
import { withCommands, writesOf } from "./tower.fixture";

const address = (host: string, uuid: string, token: string) =>
  new RegExp(`^wss://${host}/websockify/\\?uuid=${uuid}&token=${token}&host=10\\.0\\.20\\.101\\n$`);

const FORWARDED = "[^&]+%2B%2F%3D%3D";
const RAW = "[0-9a-f]{32}";

test("the address of a machine's screen is printed, found by name or id, and nothing is written or kept", async () => {
  await withCommands({}, async (at) => {
    const { id, local_id } = await madeVm(at);
    at.tower.lab.clearRequests();
    const before = filesUnder(at.folder);
    const { status, stdout, stderr } = await at.run("vnc", "web-01");
    expect(stdout).toMatch(address(TOWER, local_id, FORWARDED));
    expect([status, stderr]).toEqual([0, ""]);
    expect((await at.runThere("vnc", id, "--cloudtower", TOWER)).stdout).toBe(stdout);
    expect((await at.run("vnc", "web-01", "--direct")).stdout).toMatch(address("10\\.0\\.20\\.10", local_id, RAW));
    expect(writesOf(at)).toEqual([]);
    expect(filesUnder(at.folder)).toEqual(before);
  });
});

test.each([
  ["CloudTower has no such call", {}, FORWARDED],
  ["its links are paths", { vncLinks: "paths" as const }, FORWARDED],
  [
    "it tells tokens alone, and GraphQL knows the guide's fields alone",
    { vncLinks: "tokens" as const, vncToken: false },
    RAW,
  ],
])("where %s, the address is the same", async (_when, switches, token) => {
  await withCommands({ switches }, async (at) => {
    const { local_id } = await madeVm(at);
    if (!("vncLinks" in switches))
      await at.tower.lab.setFaults([{ operation: "getVmVncInfo", answer: { status: 404, html: true } }]);
    expect((await at.run("vnc", "web-01")).stdout).toMatch(address(TOWER, local_id, token));
    const direct = (await at.run("vnc", "web-01", "--direct")).stdout;
    expect(direct).toMatch(address("10\\.0\\.20\\.10", local_id, RAW));
  });
});

test("the stack's settings and secrets count: its password, decrypted by pulumi, and its log-in's source", async () => {
  await withCommands({}, async (at) => {
    await madeVm(at);
    const stack = basename(at.folder);
    const secure = { secure: "v1:x" };
    const credentials = { connections: { cloudtower: { username: "root", password: secure } } };
    const settings = { "sitewright:credentials": credentials, "sitewright:cloudtowerLogin": "ldap" };
    writeFileSync(join(at.folder, "Pulumi.yaml"), "name: sitewright\nruntime: nodejs\n");
    writeFileSync(join(at.folder, `Pulumi.${stack}.yaml`), stringify({ config: settings }));
    const value = JSON.stringify({ connections: { cloudtower: { username: "root", password: PASSWORD } } });
    const printed = JSON.stringify({ "sitewright:credentials": { value, secret: true } });
    writeFileSync(join(at.folder, "pulumi"), `#!/bin/sh\necho "$*" >"${at.folder}/asked"\ncat <<'E'\n${printed}\nE\n`, {
      mode: 0o755,
    });
    const { SITEWRIGHT_CLOUDTOWER_PASSWORD: _, ...rest } = process.env;
    const env = { ...rest, PATH: `${at.folder}:${process.env.PATH}` };
    const run = (...more: string[]) => sitewrightHere(["vnc", "web-01", "--plan", at.folder, ...more], { env });
    // The lab's root is no user of LDAP.
    expect((await run()).stderr).toMatch(/log in to cloudtower as root \(LDAP\)/);
    expect((await run("--login", "LOCAL")).stdout).toMatch(/^wss:/);
    expect(readFileSync(join(at.folder, "asked"), "utf8")).toBe(
      `config --json --show-secrets --stack ${stack} --non-interactive\n`,
    );
    // A user name among the secrets counts also where the password comes from elsewhere.
    const sealed = JSON.stringify({ connections: { cloudtower: { username: "somebody" } } });
    const told = JSON.stringify({ "sitewright:credentials": { value: sealed, secret: true } });
    writeFileSync(join(at.folder, "pulumi"), `#!/bin/sh\ncat <<'E'\n${told}\nE\n`);
    for (const stored of [{ secure: "v1:x" }, { connections: { cloudtower: { username: { secure: "v1:x" } } } }]) {
      writeFileSync(
        join(at.folder, `Pulumi.${stack}.yaml`),
        stringify({ config: { "sitewright:credentials": stored } }),
      );
      const { stderr } = await sitewrightHere(["vnc", "web-01", "--plan", at.folder], {
        env: { ...env, SITEWRIGHT_CLOUDTOWER_PASSWORD: PASSWORD },
      });
      expect(stderr).toMatch(/log in to cloudtower as somebody/);
    }
  });
});

test("what cannot be told says why: no such machine, several, one that is off, no CloudTower, another home", async () => {
  await withCommands({}, async (at) => {
    const errorOf = async (...args: string[]) => {
      const { status, stdout, stderr } = await at.run("vnc", ...args);
      expect(stdout).toBe("");
      return [status, stderr];
    };
    await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    expect(await errorOf("web-01")).toEqual([1, expect.stringMatching(/was refused with 400 .*web-01 is stopped/)]);
    expect(await errorOf("web-02")).toEqual([
      1,
      `sitewright: the CloudTower at ${TOWER} has no virtual machine web-02 in cluster HCI-01 — --cluster names another cluster\n`,
    ]);
    at.tower.lab.site.change(({ cluster }) => {
      const [vm] = cluster?.vms.filter(({ name }) => name === "web-01") ?? [];
      if (vm) cluster?.vms.push({ ...vm, uuid: "6b1f0c52-3c1b-4d0e-9d2a-2f1d7c6f0a11" });
    });
    expect(await errorOf("web-01")).toEqual([
      1,
      expect.stringMatching(/has 2 virtual machines web-01 in cluster HCI-01: /),
    ]);
    const neither = await at.runThere("vnc", "web-01");
    expect([neither.status, neither.stderr]).toEqual([
      2,
      expect.stringContaining("Either --plan PLAN or --cloudtower HOST"),
    ]);
    const settings = join(at.folder, "Pulumi.yaml");
    writeFileSync(settings, "name: sitewright\nruntime: nodejs\n");
    const stack = basename(at.folder);
    writeFileSync(join(at.folder, `Pulumi.${stack}.yaml`), "config:\n  sitewright:home: real\n");
    expect(await errorOf("web-01")).toEqual([
      1,
      expect.stringContaining("is one of a real site (by its setting home)"),
    ]);
  });
});
