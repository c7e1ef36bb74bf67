import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { TOWER } from "../../lab/cloudtower/tower.fixture";
import type { FaultRule } from "../../lab/faults";
import { install, installFreed, prepare } from "../../lab/guest/guest.fixture";
import { CLOUDTOWER_PASSWORD, MACHINE_ID } from "../../lab/guest/guest-model";
import { ssh } from "../../lab/ssh.fixture";
import type { ResourceSpec } from "../kit/program";
import { STACK } from "../kit/project";
import {
  addOps,
  DNS,
  guestConnection,
  guestIn,
  guestTemplate,
  installation,
  machine,
  opsConnection,
  removeLogs,
  resolvConf,
  resolvOf,
} from "./installation-site";
import { type BeginSite, type LabSite, labSites } from "./lab-site";

const beginSite = labSites(guestTemplate);
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
};

/** As each run of Pulumi's, in a process of its own. */
async function errorsOf(program: ResourceSpec[]): Promise<string> {
  const errors = await site.errorsOf(program);
  await site.engine.kill();
  return errors;
}
const starts = () => guestIn(site.lab)?.installerStarts;

const trustFile = () => join(site.project.folder, "stacks", STACK, "trust.yaml");
const pinOf = (byte: string) => `sha256:${Array(32).fill(byte).join(":")}`;
/** Of the CloudTower that stood here before the site was torn down. */
function keepOldCertificate(): void {
  writeFileSync(trustFile(), `tls:\n  "10.0.20.15:443": "${pinOf("00")}"\n`);
}
function expectNewCertificate(): void {
  const kept = readFileSync(trustFile(), "utf8");
  expect(kept).toMatch(/10.0.20.15:443.*sha256:/);
  expect(kept).not.toContain(pinOf("00"));
}

function expectInstalled(runs = 1): void {
  expect(starts()).toBe(runs);
  expect(site.lab.site.model.cloudtower).toBeDefined();
  expect(resolvConf(site.lab)).toBe(resolvOf(DNS));
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

  test("that answers already is taken as it is, without a look into its machine", async () => {
    site.lab.cloudtower.install();
    await site.lab.site.settled;
    site.lab.clearRequests();
    await site.up([installation({ connection: { ...guestConnection, password: "Canary-Other-1" } })]);
    const asked = site.lab.requests().map(({ path, write }) => [path, write]);
    expect(asked).toEqual(asked.map(() => ["/api", false]));
    expect(starts()).toBe(0);
  });

  test("keeps what it stands on, whatever the plan says by now, and preview names what changes it", async () => {
    await site.up([installation()]);
    site.writes();
    const other = installation({
      image: "cloudtower-4.8.iso",
      machine: { ...machine, sockets: 16 },
      dns: ["10.0.0.9"],
    });
    const { steps, logs, errors } = await site.engine.preview([other]);
    expect(errors).toEqual([]);
    expect(steps).toEqual(["update installation"]);
    const warned = logs.filter(({ warning }) => warning).map(({ text }) => text);
    expect(warned).toEqual([
      'CloudTowerInstallation/10.0.20.15: image stands as "cloudtower.iso", planned is "cloudtower-4.8.iso"; nothing is changed: an installed CloudTower is upgraded by the vendor\'s upgrade package, in CloudTower itself',
      "CloudTowerInstallation/10.0.20.15: machine sockets stands as 8, planned is 16; nothing is changed: the machine that CloudTower runs in is changed in Fisheye or CloudTower, by hand",
    ]);
    await site.up([other]);
    expect(site.writes()).toEqual([]);
    const inputs = site.engine.state.find(({ name }) => name === "installation")?.inputs;
    expect(inputs).toMatchObject({ image: "cloudtower.iso", machine: { sockets: 8 } });
    const only = installation({ image: "cloudtower-4.8.iso" });
    expect((await site.engine.preview([installation({ ...only.args, dns: ["10.0.0.9"] })])).steps).toEqual([]);
  });

  test("is never replaced", async () => {
    await site.up([installation()]);
    const { errors } = await site.engine.up([installation()], { replace: ["installation"] });
    expect(errors.join()).toMatch(/CloudTowerInstallation\/10.0.20.15 stands and is never replaced.*upgrade package/);
    expect(starts()).toBe(1);
  });

  test("is let go of with a warning", async () => {
    await site.up([installation()]);
    await site.engine.kill();
    site.writes();
    const { errors, logs } = await site.engine.up([]);
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(/is let go and stays as it is: its machine goes on running it/);
    expect(site.writes()).toEqual([]);
  });

  test("that somebody has taken down with its machine is installed in the new one", async () => {
    await site.up([installation()]);
    site.lab.site.change((model) => {
      delete model.cloudtower;
    });
    removeLogs(site.lab);
    site.lab.guest.change(({ files }) => {
      files[MACHINE_ID] = { owner: "root", text: `${"5".repeat(32)}\n` };
    });
    await site.lab.site.settled;
    await site.engine.kill();
    await site.up([installation()], true);
    expectInstalled(2);
  });

  test("whose log somebody has removed is not installed over while it does not answer", async () => {
    await site.up([installation()]);
    removeLogs(site.lab);
    await site.lab.setFaults([{ endpoint: "10.0.20.15:443", refuse: true }]);
    await site.engine.kill();
    const { errors, logs } = await site.engine.refresh();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(
      /does not tell of itself on port 443 just now, and is installed/,
    );
    expect(site.engine.state).toHaveLength(1);
    site.engine.state = [];
    await site.engine.kill();
    const adopt = await site.engine.up([installation()]);
    expect(adopt.errors.join()).toMatch(
      /an answer of CloudTower .* has not ended after 15m.*delete machine cloudtower/,
    );
    expect(adopt.logs.map(({ text }) => text).join()).toMatch(
      /its log is gone .~cloudtower\/installer.out.: no second/,
    );
    await site.lab.setFaults([]);
    await site.engine.kill();
    await site.up([installation()]);
    expectInstalled();
  });

  test.each([
    ["the journal is lost", true],
    ["the journal is there", false],
  ])("that another account has installed is not installed over by the plan's, where %s", async (_what, lost) => {
    await site.up([installation()]);
    addOps(site.lab);
    await site.lab.setFaults([{ endpoint: "10.0.20.15:443", refuse: true }]);
    if (lost) await site.forget();
    else {
      site.engine.state = [];
      await site.engine.kill();
    }
    const factory = { username: "cloudtower", password: CLOUDTOWER_PASSWORD };
    const plan = installation({ connection: opsConnection, ...(lost && { factory }) });
    expect(await errorsOf([plan])).toMatch(/an answer of CloudTower .* has not ended after 15m/);
    expect(starts()).toBe(1);
  });

  test("that is installed and does not answer just now is not installed over", async () => {
    await site.up([installation()]);
    await site.lab.setFaults([{ endpoint: "10.0.20.15:443", refuse: true }]);
    const { errors, logs } = await site.engine.refresh();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(
      /does not tell of itself on port 443 just now, and is installed/,
    );
    expect(site.engine.state).toHaveLength(1);
    // As on another machine: what the log says counts, not what the journal does.
    await site.forget();
    expect(await errorsOf([installation()])).toMatch(
      /an answer of CloudTower at https:\/\/10.0.20.15 has not ended after 15m.*0 of 3 in a row/,
    );
    expect(starts()).toBe(1);
  });

  test("is installed by the factory's account where the connection's own is refused, and no word tells a password", async () => {
    const connection = { ...guestConnection, username: "smartx", password: "Canary-Column-1" };
    expect(await errorsOf([installation({ connection })])).toMatch(
      /10.0.20.15 refuses the log-in of smartx by SSH .connection TOWER-SSH. — put the password that stands there/,
    );
    const factory = { username: "cloudtower", password: CLOUDTOWER_PASSWORD };
    const said = await site.up([installation({ connection, factory })]);
    expectInstalled();
    expect(said).not.toMatch(/Canary|HC!r0cks/);
    expect(JSON.stringify(site.lab.requests())).not.toMatch(/Canary|HC!r0cks/);
  });

  test("is installed with another password of its machine", async () => {
    site.lab.guest.change((guest) => {
      guest.password = "Canary-Guest-1";
    });
    const factory = { username: "cloudtower", password: CLOUDTOWER_PASSWORD };
    expect(
      await errorsOf([installation({ connection: { ...guestConnection, password: "Canary-Other-1" }, factory })]),
    ).toMatch(/refuses the log-in of cloudtower by SSH/);
    await site.up([installation({ connection: { ...guestConnection, password: "Canary-Guest-1" }, factory })]);
    expectInstalled();
  });

  test.each<[string, FaultRule]>([
    ["the connection breaks at the name servers", { operation: "guestResolv", drop: "after-commit", count: 1 }],
    ["the connection breaks before preinstall.sh", { operation: "guestPreinstall", drop: "before-commit", count: 1 }],
    ["the connection breaks in preinstall.sh", { operation: "guestPreinstall", drop: "after-commit", count: 1 }],
    ["the connection breaks before the installer", { operation: "guestInstaller", drop: "before-commit", count: 1 }],
    ["the connection breaks with the installer", { operation: "guestInstaller", drop: "after-commit", count: 1 }],
    ["the start is never answered", { operation: "guestInstaller", hang: "after-commit", count: 1 }],
    ["the log-in breaks three times", { operation: "sshLogIn", drop: "before-commit", count: 3 }],
  ])("is installed once when %s", async (_what, rule) => {
    await site.lab.setFaults([rule]);
    await site.up([installation()]);
    expect(site.lab.faultsApplied()).toEqual([rule.count]);
    expectInstalled();
  });

  test.each([2, 3, 127, 137])("is not begun where pgrep ends with %i, which says nothing", async (pgrep) => {
    await site.lab.setFaults([{ operation: "sshCommand", pgrep }]);
    const words = `Unable to tell on 10.0.20.15 whether CloudTower's installer runs: pgrep ended with ${pgrep}: pgrep: the lab`;
    expect(await errorsOf([installation()])).toContain(words);
    expect(starts()).toBe(0);
    await site.lab.setFaults([]);
    await site.up([installation()]);
    expectInstalled();
  });

  test.each([2, 127])("is not started where the pgrep before it ends with %i", async (pgrep) => {
    await site.lab.setFaults([{ operation: "guestInstaller", pgrep, count: 1 }]);
    expect(await errorsOf([installation()])).toMatch(
      /Unable to start CloudTower's installer on 10.0.20.15: pgrep: the lab was told to let it fail/,
    );
    expect(starts()).toBe(0);
    await site.up([installation()]);
    expectInstalled();
  });

  test("whose preinstall.sh fails is told by its last lines, and is installed by the next run", async () => {
    await site.lab.setFaults([{ operation: "guestPreinstall", preinstall: "fails", count: 1 }]);
    expect(await errorsOf([installation()])).toMatch(
      /Unable to prepare the installation of CloudTower on 10.0.20.15: preinstall.sh ended with 1; its last lines: ERROR the lab was told to let it fail/,
    );
    expect(starts()).toBe(0);
    await site.up([installation()]);
    expectInstalled();
  });

  test("whose installer fails is told by the last lines of its log, and is installed by the next run", async () => {
    await site.lab.setFaults([{ operation: "guestInstaller", installer: { fails: "ERROR no space left" }, count: 1 }]);
    expect(await errorsOf([installation()])).toMatch(
      /installer has ended on 10.0.20.15 without its success line.*its last lines: .*Kubernetes control plane is ready \| ERROR no space left — .*the whole log is ~cloudtower\/installer.out/,
    );
    await site.up([installation()]);
    expectInstalled(2);
  });

  test("whose certificate nothing vouches for is not taken to be it", async () => {
    site.lab.cloudtower.install();
    await site.lab.site.settled;
    const { ca: _ca, ...reach } = site.lab.reach;
    writeFileSync(join(site.project.folder, "stacks", STACK, "reach.json"), JSON.stringify(reach));
    expect(await errorsOf([installation()])).toMatch(/the certificate of 10.0.20.15:443 is not trusted/);
    expect(site.writes()).toEqual([]);
  });
});

test("an account that needs its password for sudo is told that the ISO's kickstart has to be changed", async () => {
  await begin({ switches: { towerSudo: "password" } });
  expect(await errorsOf([installation()])).toMatch(
    /CloudTower cannot be installed on 10.0.20.15: sudo: a password is required — the ISO must be one whose kickstart installs the guest tools.*Put such a one in its place in the media folder, delete machine cloudtower in Fisheye, then pulumi refresh and up/,
  );
  expect(site.writes()).toEqual([]);
});

test("a machine that takes no log-in is told with what its ISO may lack", async () => {
  await begin();
  await site.lab.setFaults([{ endpoint: "10.0.20.15:22", refuse: true }]);
  expect(await errorsOf([installation()])).toMatch(
    /the log-in by SSH at 10.0.20.15 has not ended after 5m.*refused.* — if its machine runs and has no address: the ISO must be one whose kickstart.*delete machine cloudtower in Fisheye/,
  );
  await site.lab.setFaults([]);
  await site.up([installation()]);
  expectInstalled();
});

describe("in the site's own time", () => {
  beforeEach(() => begin({ speed: 500 }, { trust: "firstUse" }));

  test("the installer's log is followed, and a connection that is lost meanwhile is taken up again", async () => {
    await site.lab.setFaults([{ operation: "sshCommand", skip: 12, drop: "before-commit", count: 3 }]);
    const said = await site.up([installation()]);
    expect(said).toMatch(/the installation of CloudTower in cloudtower: .*(Load|postgres|services)/);
    expect(site.lab.faultsApplied()).toEqual([3]);
    expectInstalled();
  });

  test.each([
    ["by a public client", installFreed],
    ["by hand", `nohup ${install} > nohup.out 2>&1 < /dev/null &`],
  ])("an installer that somebody else has started, %s, is waited for", async (_who, start) => {
    for (const command of [prepare, start])
      await ssh(site.lab, "cloudtower", CLOUDTOWER_PASSWORD, command, "", undefined, TOWER);
    expect(starts()).toBe(1);
    site.writes();
    await site.up([installation()]);
    expect(starts()).toBe(1);
    expect(site.writes()).toEqual([]);
  });

  test("an engine that is killed while the installer runs takes it up again", async () => {
    const run = site.engine.up([installation()]);
    await expect.poll(starts, { interval: 5, timeout: 20_000 }).toBe(1);
    await site.engine.kill();
    expect(starts()).toBe(1);
    expect((await run).errors).toEqual(["the provider is gone"]);
    await site.up([installation()]);
    expectInstalled();
  });

  test("the certificate that the installer has made replaces the one kept, though its run was killed", async () => {
    keepOldCertificate();
    const run = site.engine.up([installation()]);
    await expect.poll(starts, { interval: 5, timeout: 20_000 }).toBe(1);
    await site.engine.kill();
    await run;
    await expect.poll(() => site.lab.site.model.cloudtower, { timeout: 20_000 }).toBeDefined();
    await site.up([installation()]);
    expectNewCertificate();
    expectInstalled();
  });
});

test("an installer of a run that was killed is followed by another account in the log where it is", async () => {
  // Slow enough that the next run still finds it at work, on a busy machine too.
  await begin({ speed: 100 });
  addOps(site.lab);
  const run = site.engine.up([installation()]);
  await expect.poll(starts, { interval: 5, timeout: 20_000 }).toBe(1);
  await site.engine.kill();
  await run;
  const said = await site.up([installation({ connection: opsConnection })]);
  expect(said).toMatch(/the installation of CloudTower in cloudtower: .*(Load|postgres|services)/);
  expectInstalled();
});

test("the certificate that the installer has made replaces the one kept, where refresh is the first to see it", async () => {
  await begin({}, { trust: "firstUse" });
  keepOldCertificate();
  await site.lab.setFaults([{ endpoint: "10.0.20.15:443", refuse: true }]);
  expect(await errorsOf([installation()])).toMatch(/an answer of CloudTower .* has not ended after 15m/);
  await site.lab.setFaults([]);
  // Which writes nothing down.
  expect((await site.engine.refresh()).errors).toEqual([]);
  await site.engine.kill();
  await site.up([installation()]);
  expectNewCertificate();
  expectInstalled();
});

test("another certificate than the one kept is not taken for a CloudTower that nobody here has begun", async () => {
  await begin({}, { trust: "firstUse" });
  keepOldCertificate();
  site.lab.cloudtower.install();
  await site.lab.site.settled;
  expect(await errorsOf([installation()])).toMatch(/10.0.20.15:443 shows another certificate than the one kept/);
});

test("an installer that says nothing more is told by its last lines, and no second one is started beside it", async () => {
  await begin({ speed: 20_000 });
  await site.lab.setFaults([{ operation: "guestInstaller", installer: "silent", count: 1 }]);
  const silent = /has said nothing new for 20m; its last lines: .*Kubernetes control plane is ready/;
  expect(await errorsOf([installation()])).toMatch(silent);
  expect(await errorsOf([installation()])).toMatch(silent);
  expect(starts()).toBe(1);
  site.lab.guest.change((guest) => {
    guest.processes = [];
  });
  await site.up([installation()]);
  expectInstalled(2);
});

test.each(["firstUse", "pinned"])(
  "a front end that answers 502 in its machine is no CloudTower: it is installed (%s)",
  async (trust) => {
    await begin({ switches: { bareTower: "502" } }, { trust });
    await site.up([installation()]);
    expectInstalled();
    await site.up([installation()], true);
    expect(site.writes().slice(3)).toEqual([]);
  },
);

test("one that is being restarted, and answers 502 for a while, is not installed over", async () => {
  await begin();
  site.lab.cloudtower.install();
  await site.lab.site.settled;
  const rule = { endpoint: "10.0.20.15:443", answer: { status: 502, html: true }, count: 2 };
  await site.lab.setFaults([rule]);
  await site.up([installation()]);
  expect(site.lab.faultsApplied()).toEqual([2]);
  expect(starts()).toBe(0);
});

test("one whose installer has ended well and that goes on answering 502 does not stand", async () => {
  await begin();
  await site.up([installation()]);
  await site.lab.setFaults([{ endpoint: "10.0.20.15:443", answer: { status: 502, html: true } }]);
  await site.forget();
  expect(await errorsOf([installation()])).toMatch(
    /an answer of CloudTower .* has not ended after 15m.*0 of 3 in a row/,
  );
  expect(starts()).toBe(1);
});
