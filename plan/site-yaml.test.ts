import { expect, test } from "vitest";
import { PlanUnreadable } from "./plan-unreadable";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { toSiteYaml, withoutSecrets } from "./site-yaml";
import { fileOf, places } from "./workbook.fixture";

const good = toSiteYaml(samplePlan);

async function placesOf(change: (text: string) => string): Promise<string[]> {
  return places((await readPlan(fileOf(change(good), "site.yaml"))).findings);
}

function lineOf(text: string, words: string): number {
  return text.slice(0, text.indexOf(words)).split("\n").length;
}

test("a site.yaml gives the plan it was written from, without secrets", async () => {
  expect(good).not.toMatch(/password|r0cks|P@ss/);
  const loaded = await readPlan(fileOf(good, "site.yml"));
  expect(loaded).toMatchObject({ ok: true, plan: withoutSecrets(samplePlan), findings: [] });
});

test("passwords written by hand are read", async () => {
  const text = good.replace("      username: smartx", '      username: smartx\n      password: "0123"');
  const loaded = await readPlan(fileOf(text, "site.yaml"));
  expect(loaded.ok && loaded.plan.hosts[0]?.ssh.password).toBe("0123");
});

test("every finding has line and column", async () => {
  const text = good
    .replace("10.0.20.11", "10.0.20.300")
    .replace("vlan: 1120", 'vlan: "1120"')
    .replace("bondMode: balance-slb", "bondMode: bond0")
    .replace("datacenter:", "datacentre:");
  const loaded = await readPlan(fileOf(text, "site.yaml"));
  expect(loaded.ok).toBe(false);
  expect(places(loaded.findings).sort()).toEqual(
    [
      `value-invalid ${lineOf(text, "10.0.20.300")}:5`,
      `value-invalid ${lineOf(text, 'vlan: "1120"')}:7`,
      `value-invalid ${lineOf(text, "bondMode: bond0")}:5`,
      `key-unknown ${lineOf(text, "datacentre")}:1`,
    ].sort(),
  );
});

test("the rules of the workbook hold, beside shape errors", async () => {
  expect(
    await placesOf((text) => text.replace("10.0.20.12", "10.0.20.11").replace("storage: 10.0.21.12", "storage: 7")),
  ).toEqual([
    `value-invalid ${lineOf(good, "storage: 10.0.21.12")}:5`,
    `address-twice ${lineOf(good, "10.0.20.12")}:5`,
  ]);
  expect(await placesOf((text) => text.replace("networks: separate", "networks: storage-separate"))).toEqual([
    `business-ports-unused ${lineOf(good, "  switch:\n    name: vDS-Prod")}:3`,
  ]);
});

test("what conflicts is named by line and column on both sides, and nothing is said of passwords that are not there", async () => {
  const text = good
    .replace("vip: 10.0.20.10", "vip: 10.0.30.10")
    .replace("vlan: 1121", "vlan: 1120")
    .replace("gateway: 10.1.22.1", "gateway: 10.1.23.1")
    .replace("- ens225", "- ens224");
  const { findings } = await readPlan(fileOf(text, "site.yaml"));
  const line = (words: string) => lineOf(text, words);
  expect(findings.map(({ code, line, other }) => `${code} ${line} ~ ${other}`)).toEqual([
    `gateway-outside-subnet ${line("gateway: 10.1.23.1")} ~ line ${line("subnet: 10.1.22.0/24")}, column 7`,
    `vlan-twice ${line("VLAN-1121") + 1} ~ line ${line("VLAN-1120") + 1}, column 7`,
    `address-outside-subnet ${line("vip: 10.0.30.10")} ~ line ${line("subnet: 10.0.20.0/24")}, column 5`,
    `nic-shared ${line("name: vDS-Prod") + 1} ~ line ${line("name: vDS-MgMt") + 1}, column 5`,
  ]);
});

test("a missing key is said where its parent stands", async () => {
  const text = good.replace(/\n {4}subnet: 10.0.21.0\/24/, "");
  const loaded = await readPlan(fileOf(text, "site.yaml"));
  expect(loaded.findings).toMatchObject([{ code: "key-missing", line: lineOf(text, "name: storage-network") - 1 }]);
  expect(loaded.findings[0]?.cause).toContain("storage.network.subnet");
});

test("a wrong password is masked", async () => {
  const text = good.replace("      username: smartx", "      username: smartx\n      password: 998877");
  const loaded = await readPlan(fileOf(text, "site.yaml"));
  expect(loaded.findings).toMatchObject([{ code: "value-invalid", value: "***" }]);
  expect(JSON.stringify(loaded.findings)).not.toContain("998877");
});

test("aliases within measure are read", async () => {
  const text = good
    .replace("dns:\n  - 10.0.0.114", "dns:\n  - &first 10.0.0.114")
    .replace("ntp:\n  - 10.0.0.2", "ntp:\n  - 10.0.0.2")
    .replace("- 10.0.0.1\n", "- 10.0.0.1\n");
  expect(
    (await readPlan(fileOf(`${text}project: *first\n`.replace("project: 超融合项目\n", ""), "site.yaml"))).ok,
  ).toBe(true);
});

/** A list of lists of lists …, each nine times the one before. */
function unfolding(levels: number): string {
  const lists = [..."bcdefghi"].slice(0, levels - 1);
  const aliases = lists.map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]\n`);
  return `a: &a [x,x,x,x,x,x,x,x,x]\n${aliases.join("")}`;
}

test.each([
  ["aliases without end", unfolding(9), "more than 50 aliases"],
  ["aliases that unfold", unfolding(6), "unfold to too much"],
  ["an alias of itself", "a: &a [*a]\nkind: site\n", "cluster"],
  ["an alias of nothing", "kind: *nothing\n", "alias"],
  ["tabs", "kind: site\ncluster:\n\tname: x\n", "line 3"],
  ["a key twice", "kind: site\nkind: site\n", "line 2, column 1: the key kind stands at line 1, column 1 already"],
  [
    "a key twice below",
    "a:\n  - b: 1\n    c: 2\n    'b': 1\n",
    "line 4, column 5: the key b stands at line 2, column 5",
  ],
  ["a key that is a list", "? [a]\n: b\n", "line 1, column 3: a key is no plain word"],
  [
    "aliases one by one",
    Array.from({ length: 60 }, (_, i) => `a${i}: &x${i} 1\nb${i}: *x${i}\n`).join(""),
    "50 aliases",
  ],
  ["a list", "- kind: site\n", "not a mapping"],
  ["a word", "site\n", "not a mapping"],
  ["nothing", "# a comment\n", "empty"],
  ["two documents", `${good}---\nkind: site\n`, "document"],
  ["brackets without end", `a: ${"[".repeat(100_000)}`, "nested too deeply"],
  ["items without end", `a: \n  ${"- ".repeat(100_000)}x\n`, "nested too deeply"],
  ["indents without end", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""), "nested too deeply"],
  ["a list without end", `kind: site\nhosts:\n${"- {}\n".repeat(1001)}`, "line 3, column 1: a list of 1001 items"],
  ["a million levels", `a: ${"- ".repeat(1_000_000)}`, "larger than"],
  ["keys of keys without end", `${"? ".repeat(100_000)}x\n`, "nested too deeply"],
  ["keys and items in turn", `${"- ? ".repeat(60_000)}x\n`, "nested too deeply"],
  ["more than a plan can be", `a: "${"x".repeat(1100 * 1024)}"\n`, "larger than"],
])("%s is refused in one line", async (_, text, words) => {
  const path = fileOf(text, "site.yaml");
  const said = await readPlan(path).then(
    (loaded) => loaded.findings.map((finding) => finding.cause).join(" "),
    (error: unknown) => (error instanceof PlanUnreadable ? error.message : String(error)),
  );
  expect(said).toContain(words);
  expect(said).not.toContain("\n");
});

test("each of 25,000 keys is named, without comparing each with each", async () => {
  const keys = Array.from({ length: 25_000 }, (_, i) => `k${i}`);
  const file = fileOf(`kind: site\n${keys.map((key) => `${key}:`).join("\n")}\n`, "site.yaml");
  const { findings } = await readPlan(file);
  expect(findings.filter(({ code }) => code === "key-unknown").map(({ params }) => params.name)).toEqual(keys);
  const twice = fileOf(`${keys.map((key) => `${key}:`).join("\n")}\nk7: 1\n`, "site.yaml");
  await expect(readPlan(twice)).rejects.toThrow("line 25001, column 1: the key k7 stands at line 8, column 1 already");
});

test("another kind of plan is said, not guessed", async () => {
  expect(await placesOf((text) => text.replace("kind: site", "kind: cluster"))).toEqual(["value-invalid 1:1"]);
});

test("the language is that of the file, English where it has none, and one that there are no titles in is refused", async () => {
  expect(good).toMatch(/^language: zh$/m);
  const spoken = async (change: string) => readPlan(fileOf(good.replace("language: zh\n", change), "site.yaml"));
  expect((await spoken("language: en\n")).ok).toBe(true);
  expect(await spoken("")).toMatchObject({ ok: true, plan: expect.not.objectContaining({ language: "zh" }) });
  expect(places((await spoken("language: fr\n")).findings)).toEqual([expect.stringMatching(/ 2:1$/)]);
});
