import { appendFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournal } from "./journal";

const file = () => join(mkdtempSync(join(tmpdir(), "journal-")), "deep", "journal.jsonl");
const vlan = { kind: "smtxos:Vlan", connection: "site", key: "VLAN-1120" };

test("the last word on an object is kept, apart from others and over a restart", () => {
  const path = file();
  const journal = openJournal(path);
  expect(journal.last(vlan)).toBeUndefined();
  journal.append({ ...vlan, urn: "urn:a", stage: "intended" });
  journal.append({ ...vlan, urn: "urn:a", stage: "made", id: "7" });
  journal.append({ ...vlan, key: "other", urn: "urn:b", stage: "intended" });
  expect(journal.last(vlan)).toMatchObject({ stage: "made", id: "7", urn: "urn:a" });
  expect(openJournal(path).last(vlan)).toMatchObject({ stage: "made", id: "7" });
});

test("a second process's lines are seen", () => {
  const path = file();
  const [one, two] = [openJournal(path), openJournal(path)];
  one.append({ ...vlan, urn: "urn:a", stage: "intended" });
  expect(two.last(vlan)).toMatchObject({ stage: "intended" });
  two.append({ ...vlan, urn: "urn:a", stage: "standing", id: "7" });
  expect(one.last(vlan)).toMatchObject({ stage: "standing" });
});

test.each([
  "null",
  "7",
  '{"kind":"smtxos:Vlan","stage":"made"}',
  '{"kind":"smtxos:Vlan","connection":"site","key":"VLAN-1120","urn":7,"stage":"made","at":""}',
  '{"kind":"smtxos:Vlan","connection":"site","key":"VLAN-1120","urn":"urn:a","stage":"made","id":{},"at":""}',
  '{"kind":"smtxos:Vlan","connection":"site","key":"VLAN-1120","urn":"urn:a","stage":"made","memo":"x","at":""}',
  '{"kind":"smtxos:Vlan","connection":"site","key":"VLAN-1120","urn":"urn:a","stage":"done","at":""}',
])("a line that no run has written says nothing: %s", (line) => {
  const path = file();
  openJournal(path).append({ ...vlan, urn: "urn:a", stage: "intended" });
  appendFileSync(path, `${line}\n`);
  const journal = openJournal(path);
  expect(journal.last(vlan)).toMatchObject({ stage: "intended", urn: "urn:a" });
  expect(journal.begun()).toHaveLength(1);
});

test("half a line that a kill left behind costs neither the line before nor the one after", () => {
  const path = file();
  openJournal(path).append({ ...vlan, urn: "urn:a", stage: "intended" });
  appendFileSync(path, '{"kind":"smtxos:Vl');
  const journal = openJournal(path);
  expect(journal.last(vlan)).toMatchObject({ stage: "intended" });
  journal.append({ ...vlan, urn: "urn:a", stage: "gone" });
  expect(openJournal(path).last(vlan)).toMatchObject({ stage: "gone" });
  expect(readFileSync(path, "utf8").endsWith("}\n")).toBe(true);
});
