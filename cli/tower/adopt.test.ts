import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { madeVm } from "../../lab/cloudtower/machines.fixture";
import { PASSWORD, TOWER } from "../../lab/cloudtower/tower.fixture";
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
      [["cloudtower", join(stack, "more.yaml"), "--cloudtower", TOWER, "--cluster", "HCI-2"], "has no cluster HCI-2"],
      [["cloudtower", join(stack, "more.yaml")], "Either --plan PLAN or --cloudtower HOST says it"],
      [["cloudtower", join(stack, "more.xlsx")], "the plan's name ends with .yaml"],
      [["site", stack], "is a plan of virtual machines: sitewright adopt cloudtower takes those over"],
    ] as const) {
      const { status, stderr } = await adopt(...args);
      expect([status === 0, stderr]).toEqual([false, expect.stringContaining(words)]);
    }
    expect(writesOf(at)).toEqual([]);
  });
});
