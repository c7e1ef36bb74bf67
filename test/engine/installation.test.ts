import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LabOptions } from "../../lab/lab";
import type { LabTemplate } from "./crash-site";
import { DNS, guestIn, guestTemplate, installation, resolvConf } from "./installation-site";
import { type TowerSite, towerSite } from "./tower-site";

let template: LabTemplate;
beforeAll(async () => {
  template = await guestTemplate();
});
afterAll(() => template?.remove());

let site: TowerSite;
const begin = async (options: Partial<LabOptions> = {}, settings: Record<string, string> = {}) => {
  site = await towerSite(template, options, settings);
};
afterEach(() => site?.end());

const starts = () => guestIn(site.lab)?.installerStarts;

function expectInstalled(): void {
  expect(starts()).toBe(1);
  expect(site.lab.site.model.cloudtower).toBeDefined();
  expect(resolvConf(site.lab)).toBe(DNS.map((server) => `nameserver ${server}\n`).join(""));
  expect(site.outputsOf("installation")).toMatchObject({ url: "https://10.0.20.15" });
}

describe("CloudTower", () => {
  beforeEach(() => begin());

  test("is installed once, and a second run writes nothing", async () => {
    await site.up([installation()]);
    expect(site.writes()).toEqual(["guestResolv", "guestPreinstall", "guestInstaller"]);
    expectInstalled();
    await site.up([installation()], true);
    expect(site.writes()).toEqual([]);
  });
});
