import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { credentialsFor, credentialVariables } from "./credentials";
import { BadFile } from "./errors";
import { redact } from "./redact";

function secretFile(text: string, mode = 0o600): string {
  const file = join(mkdtempSync(join(tmpdir(), "secrets-")), "secrets.yaml");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const inFile =
  "connections:\n  tower.a-1: {username: from-file, password: canary-in-file}\n  other: {password: canary-of-other}\n";
const inConfig = JSON.stringify({
  connections: { "tower.a-1": { username: "from-config", password: "canary-in-config" } },
});
const carried = { username: "from-plan", password: "canary-in-plan" };

test("environment goes before file, file before stack secrets, these before the plan", () => {
  const environment = {
    SITEWRIGHT_TOWER_A_1_USERNAME: "from-environment",
    SITEWRIGHT_TOWER_A_1_PASSWORD: "canary-in-environment",
  };
  const SITEWRIGHT_SECRETS = secretFile(inFile);
  const config = (key: string) => (key === "credentials" ? inConfig : undefined);
  const find = (sources: Parameters<typeof credentialsFor>[1]) => credentialsFor("tower.a-1", sources);

  expect(find({ environment: { ...environment, SITEWRIGHT_SECRETS }, config, carried })).toEqual({
    username: "from-environment",
    password: "canary-in-environment",
  });
  expect(find({ environment: { SITEWRIGHT_SECRETS }, config, carried }).password).toBe("canary-in-file");
  expect(find({ environment: {}, config, carried }).username).toBe("from-config");
  expect(find({ environment: {}, carried })).toEqual(carried);
  expect(find({ environment: {} })).toEqual({ username: undefined, password: undefined });
});

test("user name and password may come from different sources, and an empty variable says nothing", () => {
  const environment = { SITEWRIGHT_TOWER_A_1_PASSWORD: "canary-mixed", SITEWRIGHT_TOWER_A_1_USERNAME: "" };
  expect(credentialsFor("tower.a-1", { environment, carried })).toEqual({
    username: "from-plan",
    password: "canary-mixed",
  });
});

test("every password that is found is kept out of messages, those of other connections too", () => {
  credentialsFor("tower.a-1", { environment: {}, secretFile: secretFile(inFile), carried });
  expect(redact("canary-in-file canary-of-other canary-in-plan")).toBe("*** *** ***");
});

test("a secret file that changed is read again", () => {
  const file = secretFile("connections: {a: {password: canary-first}}");
  const find = () => credentialsFor("a", { environment: { SITEWRIGHT_SECRETS: file } }).password;
  expect(find()).toBe("canary-first");
  writeFileSync(file, "connections: {a: {password: canary-second-1}}");
  expect(find()).toBe("canary-second-1");
});

test("the names of a connection's variables are plain capitals", () => {
  expect(credentialVariables("tower.a-1")).toEqual(["SITEWRIGHT_TOWER_A_1_USERNAME", "SITEWRIGHT_TOWER_A_1_PASSWORD"]);
});

test("a secret file that every user can read is refused", () => {
  const file = secretFile(inFile, 0o644);
  expect(() => credentialsFor("a", { environment: { SITEWRIGHT_SECRETS: file } })).toThrow(
    `the secret file ${file} is open to every user of this machine — run chmod 600 ${file}`,
  );
});

test.each([
  ["broken YAML", "connections: {a: [canary-broken", "cannot be parsed"],
  ["another shape", "a: {password: canary-shape}", "is wrong at connections"],
  ["a number as a password", "connections: {a: {password: 0123}}", "is wrong at connections.a.password"],
  ["nothing", "", "is wrong at its top"],
])("%s is one clear error that shows no secret", (_what, text, part) => {
  const environment = { SITEWRIGHT_SECRETS: secretFile(text) };
  const find = () => credentialsFor("a", { environment });
  expect(find).toThrow(BadFile);
  expect(find).toThrow(part);
  expect(find).not.toThrow(/canary/);
});

test("a stack secret that is not JSON is named, not shown", () => {
  const find = () => credentialsFor("a", { environment: {}, config: () => "canary-not-json" });
  expect(find).toThrow(/the stack's secret `credentials` cannot be parsed/);
  expect(find).not.toThrow(/canary/);
});

test("a secret file that is not there is named", () => {
  const environment = { SITEWRIGHT_SECRETS: "/nowhere/secrets.yaml" };
  expect(() => credentialsFor("a", { environment })).toThrow("the secret file /nowhere/secrets.yaml is not there");
});
