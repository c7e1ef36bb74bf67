import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { knownKeys } from "./known-hosts";

const salt = Buffer.from("0123456789abcdef0123");
const hash = createHmac("sha1", salt).update("10.0.20.13").digest("base64");
const file = `
# comment
10.0.20.11,host-1 ssh-ed25519 AAAAone me@here
[10.0.20.11]:2222 ssh-rsa AAAAtwo
|1|${salt.toString("base64")}|${hash} ssh-ed25519 AAAAthree
*.site.test,!bad.site.test ssh-ed25519 AAAAfour
@revoked 10.0.20.12 ssh-ed25519 AAAAfive
@cert-authority * ssh-ed25519 AAAAsix
broken
`;

test.each([
  ["10.0.20.11", 22, ["AAAAone"]],
  ["host-1", 22, ["AAAAone"]],
  ["10.0.20.11", 2222, ["AAAAtwo"]],
  ["10.0.20.13", 22, ["AAAAthree"]],
  ["tower.site.test", 22, ["AAAAfour"]],
  ["bad.site.test", 22, []],
  ["10a0.20.11", 22, []],
  ["10.0.20.99", 22, []],
])("%s port %i has the keys %j", (host, port, keys) => {
  expect(knownKeys(file, host, port).map((known) => known.key)).toEqual(keys);
});

test("a revoked key is told", () => {
  expect(knownKeys(file, "10.0.20.12", 22)).toEqual([{ type: "ssh-ed25519", key: "AAAAfive", revoked: true }]);
});
