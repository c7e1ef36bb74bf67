import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { isoImage, madeVm, vmRequest } from "../../lab/cloudtower/machines.fixture";
import { PASSWORD, TOWER } from "../../lab/cloudtower/tower.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { sitewrightHere } from "../sitewright.fixture";
import { withCommands, writesOf } from "./tower.fixture";

/** What is told before the engine has done anything; test/site/adopted*.test.ts have the rest. */
test("the only cluster is meant, settings and reach are the plan's own stack's, and a stack that is missing is told with the way out", async () => {
  await withCommands({}, async (at) => {
    await madeVm(at);
    writesOf(at);
    const stack = join(at.folder, "stacks", "web");
    mkdirSync(stack, { recursive: true });
    writeFileSync(join(at.folder, "Pulumi.yaml"), "name: sitewright\nruntime: nodejs\nstackConfigDir: stacks\n");
    await at.tower.lab.writeReach(join(stack, "reach.json"));
    const pulumi = "#!/bin/sh\necho \"error: no stack named 'web' found\" >&2\nexit 255\n";
    writeFileSync(join(at.folder, "pulumi"), pulumi, { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: `${at.folder}:${process.env.PATH}`,
      SITEWRIGHT_CLOUDTOWER_PASSWORD: PASSWORD,
    };
    const file = join(stack, "vms.yaml");
    const adopt = (...args: string[]) => sitewrightHere(["adopt", ...args], { env });

    const first = await adopt("cloudtower", file, "--cloudtower", TOWER);
    expect(first.stdout).toMatch(/vms\.yaml: 1 machine of HCI-01\n$/);
    expect([first.status, first.stderr]).toEqual([
      2,
      expect.stringMatching(
        /no stack named 'web' found\s+make the stack first \(pulumi stack init\), then this command once more\n$/,
      ),
    ]);
    const plan = readFileSync(file, "utf8");
    expect(parse(plan)).toMatchObject({ cloudtower: TOWER, cluster: "HCI-01", vms: [{ name: "web-01" }] });
    const again = await adopt("cloudtower", file);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("stands already and stays as it is")]);
    expect(readFileSync(file, "utf8")).toBe(plan);

    for (const [args, words] of [
      [["cloudtower", join(at.folder, "more.yaml"), "--cloudtower", TOWER, "--cluster", "H"], "has no cluster H"],
      [["cloudtower", join(at.folder, "more.yaml")], "Either --plan PLAN or --cloudtower HOST says it"],
      [["cloudtower", join(stack, "more.xlsx")], "the plan's name ends with .yaml"],
      [["cloudtower", join(stack, "web.yaml"), "--cloudtower", TOWER], "is called vms.yaml"],
      [
        ["cloudtower", join(stack, "vms.yml"), "--cloudtower", TOWER],
        "beside it is vms.yaml, and a stack has one plan",
      ],
      [["cloudtower", file, "--login", "LDAP"], "pulumi config set cloudtowerLogin LDAP --stack web, or --login LOCAL"],
      [["site", stack], "is a plan of virtual machines: sitewright adopt cloudtower takes those over"],
    ] as const) {
      const { status, stderr } = await adopt(...args);
      expect([status === 0, stderr]).toEqual([false, expect.stringContaining(words)]);
    }
    expect(writesOf(at)).toEqual([]);

    // A mistake in the plan that stands is told, not that it stands.
    writeFileSync(file, plan.replace("vcpu: 2", "vcpu: two"));
    const mistaken = await adopt("cloudtower", file);
    expect([mistaken.status, mistaken.stderr]).toEqual([
      2,
      expect.stringMatching(/has errors\n.*value-invalid.*vcpu/s),
    ]);
    rmSync(file);
    writeFileSync(join(stack, "..", "Pulumi.web.yaml"), "config:\n  sitewright:cloudtowerLogin: LDAP\n");
    at.tower.lab.clearRequests();
    const other = await adopt("cloudtower", file, "--cloudtower", TOWER, "--login", "LOCAL");
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining("the log-in is LOCAL here, and LDAP to")]);
    expect([at.tower.lab.requests(), existsSync(file)]).toEqual([[], false]);
  });
});

test("CloudTower's own machine and the stack's own are known: by the addresses of a name, and by marks", async () => {
  await withCommands({}, async (at) => {
    const stack = join(at.folder, "stacks", "web");
    mkdirSync(stack, { recursive: true });
    writeFileSync(join(at.folder, "Pulumi.yaml"), "name: sitewright\nruntime: nodejs\nstackConfigDir: stacks\n");
    const marked = (name: string, mark: string) => ({
      ...vmRequest(at, name),
      description: `shop [sitewright:${mark}]`,
    });
    await madeVm(at, marked("web-01", "sitewright/web/web-01"));
    await madeVm(at, marked("shop", "sitewright/web/web-02"));
    await madeVm(at, marked("db-01", "sitewright/web/db-01"));
    await madeVm(at, marked("db-01-copy", "sitewright/web/db-01"));
    await madeVm(at, marked("theirs", "sitewright/webs/web-01"));
    const { vm_disks, ...tower } = vmRequest(at, "tower");
    const mount_cd_roms = [{ boot: 2, elf_image_id: await isoImage(at) }];
    await madeVm(at, { ...tower, vm_disks: { ...vm_disks, mount_cd_roms } });
    // Until its tools run.
    at.tower.lab.site.pass(20);
    at.tower.lab.site.change(({ cluster }) => {
      const vm = (cluster as LabCluster | undefined)?.vms.find(({ name }) => name === "tower");
      if (vm?.nics[0]) vm.nics[0].address = { ip: "127.0.0.1", netmask: "255.0.0.0", gateway: "" };
    });
    const reach = join(stack, "reach.json");
    await at.tower.lab.writeReach(reach);
    const { endpoints, ...rest } = JSON.parse(readFileSync(reach, "utf8")) as { endpoints: Record<string, string> };
    const named = Object.entries(endpoints).map(([from, to]) => [from.replace(TOWER, "localhost"), to]);
    writeFileSync(reach, JSON.stringify({ ...rest, endpoints: { ...endpoints, ...Object.fromEntries(named) } }));
    // The lab's certificate is for its addresses.
    writeFileSync(join(stack, "..", "Pulumi.web.yaml"), "config:\n  sitewright:trust: insecure\n");
    writeFileSync(join(at.folder, "pulumi"), "#!/bin/sh\nexit 255\n", { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: `${at.folder}:${process.env.PATH}`,
      SITEWRIGHT_CLOUDTOWER_PASSWORD: PASSWORD,
    };
    const file = join(stack, "vms.yaml");
    const adopt = (to: string) => sitewrightHere(["adopt", "cloudtower", to, "--cloudtower", "localhost"], { env });
    const { stderr } = await adopt(file);
    const copied =
      "db-01 and db-01-copy bear one mark, sitewright/web/db-01: take it out of the description of the copy";
    for (const said of [
      "tower: CloudTower itself runs in it",
      "theirs: it is of the stack sitewright/webs by the mark in its description",
      ...["db-01", "db-01-copy"].map((name) => `${name}: ${copied}`),
    ])
      expect(stderr).toContain(`${said}\n`);
    expect(stderr).not.toContain("has an address of localhost");
    const { defaults, vms } = parse(readFileSync(file, "utf8")) as { defaults: object; vms: object[] };
    expect(defaults).toMatchObject({ description: "shop", vcpu: 2 });
    expect(vms).toMatchObject([{ name: "shop", key: "web-02" }, { name: "web-01" }]);
    expect(vms[1]).not.toHaveProperty("key");

    at.tower.lab.site.change(({ cluster }) => {
      for (const { nics } of (cluster as LabCluster | undefined)?.vms ?? []) delete nics[0]?.address;
    });
    rmSync(file);
    expect((await adopt(file)).stderr).toMatch(
      /no machine of HCI-01 has an address of localhost \(.*127\.0\.0\.1.*\): should/,
    );
  });
});
