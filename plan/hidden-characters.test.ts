import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeFindings } from "./describe-findings";
import { hiddenCharacters } from "./hidden-characters";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { toSiteYaml } from "./site-yaml";
import { editedWorkbook, fileOf, places, readEdited } from "./workbook.fixture";

/** C0, DEL, C1, direction of a line, no width, no glyph, half a character. */
const codes = [
  0x00, 0x07, 0x08, 0x0b, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200d, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e,
  0x2066, 0x2069, 0xd800, 0xfeff, 0xe0041,
];
const named = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
const escaped = (code: number) =>
  code > 0xffff ? String.fromCodePoint(code) : `_x${code.toString(16).toUpperCase().padStart(4, "0")}_`;
const good = toSiteYaml(samplePlan);

test.each(codes)(
  "the character %i in a cell's name is an error that names cell and character, and prints neither",
  async (code) => {
    for (const [sheet, cell] of [
      ["虚拟网络", "B3"],
      ["主机规划", "H4"],
      ["集群管理信息", "E22"],
      ["文档描述", "C15"],
      ["机架位置", "D10"],
    ] as const) {
      const loaded = await readEdited({ [sheet]: { [cell]: `CLS${escaped(code)}[31m` } });
      expect(loaded.ok).toBe(false);
      expect(places(loaded.findings)).toContain(`character-hidden ${sheet}!${cell}`);
      const text = describeFindings(loaded.findings);
      expect(text).toMatch(new RegExp(`${sheet}!${cell} \\(CLS`));
      expect(text).toContain(named(code));
      expect(hiddenCharacters(text.replaceAll("\n", ""))).toBeUndefined();
    }
  },
);

test.each(codes.filter((code) => code !== 0xd800))(
  "the character %i in a site.yaml is one too, at its line",
  async (code) => {
    const written = `"\\U${code.toString(16).padStart(8, "0")}31m"`;
    const text = good
      .replace(`name: ${samplePlan.cluster.name}`, `name: ${written}`)
      .replace(`customer: ${samplePlan.customer}`, `customer: ${written}\n${written}: 1`);
    const { ok, findings } = await readPlan(fileOf(text, "site.yaml"));
    expect(ok).toBe(false);
    const said = describeFindings(findings);
    expect(findings.map(({ code: each, line }) => `${each} ${line}`).sort()).toEqual(
      ["customer:", `${written}: 1`, `name: ${written}`]
        .map(
          (words) =>
            `${words.endsWith(": 1") ? "key-unknown" : "character-hidden"} ${text.slice(0, text.indexOf(words)).split("\n").length}`,
        )
        .sort(),
    );
    expect(said).toContain(named(code));
    expect(hiddenCharacters(said.replaceAll("\n", ""))).toBeUndefined();
  },
);

test("Pulumi's colour tags are found in a name, and are let be in a password, which nobody prints", async () => {
  const loaded = await readEdited({ 虚拟网络: { B3: "<{%bold%}>CLS" }, 主机规划: { K3: "a<{%b" } });
  expect(loaded.findings.map(({ code, cell }) => `${code} ${cell}`)).toContain("character-hidden B3");
  expect(loaded.findings.filter(({ cell }) => cell === "K3")).toEqual([]);
  expect(describeFindings(loaded.findings)).not.toContain("<{%");
});

test("line breaks and tabs lay out a cell; in a site.yaml they would be part of a name", async () => {
  const loaded = await readEdited({ 虚拟网络: { D8: "VLAN\n1120\t" } });
  expect(loaded.ok && loaded.plan.business?.networks[0]?.name).toBe("VLAN 1120");
  const text = good.replace(`customer: ${samplePlan.customer}`, 'customer: "a\\nerror: all is lost"');
  const { findings } = await readPlan(fileOf(text, "site.yaml"));
  expect(findings).toMatchObject([{ code: "character-hidden", params: { characters: "U+000A" } }]);
  expect(describeFindings(findings)).not.toContain("\nerror: all");
});

test("a password with a control character is an error, and stays masked", async () => {
  const { findings } = await readEdited({ 主机规划: { K3: "Canary_x001B_1" } });
  expect(findings).toMatchObject([{ code: "character-hidden", cell: "K3", value: "***" }]);
  expect(JSON.stringify(findings)).not.toContain("Canary");
});

test("waivers with such characters are refused, and what cannot be read says so without them", async () => {
  const file = fileOf(await editedWorkbook({}));
  const waivers = join(dirname(file), "waivers.yaml");
  writeFileSync(waivers, '- {code: x, cell: 虚拟网络!F8, reason: "a\\e[2J", expires: 2027-01-31}');
  await expect(readPlan(file)).rejects.toThrow(
    /line 1, column 3: reason: it holds characters that nobody sees: U\+001B/,
  );
  writeFileSync(waivers, "- {code: \u001b[31m, \u009b: {");
  const said = await readPlan(file).catch((error: Error) => error.message);
  expect(said).toContain("waivers.yaml");
  expect(hiddenCharacters(String(said))).toBeUndefined();
});

test("whatever stands in a plan, what is said of it can be printed, and a plan that is taken holds no such character", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), fc.nat(3), async (text, place) => {
      const yaml = good.replace(
        [samplePlan.cluster.name, samplePlan.hosts[0]?.name, "10.0.20.11", "kind: site"][place] as string,
        () => (place === 3 ? `kind: site\n${JSON.stringify(text)}: 1` : JSON.stringify(text)),
      );
      const loaded = await readPlan(fileOf(yaml, "site.yaml"));
      const said = describeFindings(loaded.findings) + describeFindings(loaded.findings, "zh");
      expect(hiddenCharacters(said.replaceAll("\n", ""))).toBeUndefined();
      if (!loaded.ok) return;
      JSON.stringify(loaded.plan, (_, value: unknown) => {
        if (typeof value === "string") expect(hiddenCharacters(value)).toBeUndefined();
        return value;
      });
    }),
    { numRuns: 150 },
  );
});
