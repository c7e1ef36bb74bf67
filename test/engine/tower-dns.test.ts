import { beforeEach, describe, expect, test } from "vitest";
import { DNS, guestTemplate, nameServers, resolvConf, resolvOf } from "./installation-site";
import { type BeginSite, type LabSite, labSites } from "./lab-site";

const beginSite = labSites(guestTemplate);
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
};

describe("the name servers of CloudTower's machine", () => {
  beforeEach(() => begin());

  test("are set, seen when somebody changes them, and put back with one write; other lines stay", async () => {
    await site.up([nameServers()]);
    expect(resolvConf(site.lab)).toBe(resolvOf(DNS));
    site.lab.guest.change(({ files }) => {
      files["/etc/resolv.conf"] = { owner: "root", text: "search site.test\nnameserver 192.0.2.1\n" };
    });
    await site.engine.refresh();
    expect(site.engine.state[0]?.inputs.servers).toEqual(["192.0.2.1"]);
    site.writes();
    await site.up([nameServers()], true);
    expect(site.writes()).toEqual(["guestResolv"]);
    expect(resolvConf(site.lab)).toBe(`search site.test\n${resolvOf(DNS)}`);
    await site.up([nameServers()], true);
    expect(site.writes()).toEqual([]);
  });

  test("are left as they are when the plan drops them", async () => {
    await site.up([nameServers()]);
    await site.up([]);
    expect(resolvConf(site.lab)).toBe(resolvOf(DNS));
  });

  test("cannot be read where the log-in is refused, and nothing is claimed then", async () => {
    await site.up([nameServers()]);
    site.lab.guest.change((guest) => {
      guest.password = "Canary-Guest-1";
    });
    await site.engine.kill();
    const { errors } = await site.engine.refresh();
    expect(errors.join()).toMatch(/10.0.20.15 refuses the log-in of cloudtower by SSH/);
    expect(site.engine.state).toHaveLength(1);
    const factory = { username: "cloudtower", password: "Canary-Guest-1" };
    await site.up([nameServers(DNS, { factory })]);
  });
});

test("the name servers are set where sudo asks for a password, which no argument holds", async () => {
  await begin({ switches: { towerSudo: "password" } });
  await site.up([nameServers()]);
  expect(resolvConf(site.lab)).toBe(resolvOf(DNS));
});
