import { expect, test } from "vitest";
import { describeFindings } from "./describe-findings";
import { readPlan } from "./read";
import { fileOf, readEdited } from "./workbook.fixture";

test("findings are described in lines of place, cause and fix, errors first", async () => {
  const { findings } = await readEdited({
    虚拟网络: { J4: "ens224", F8: "vlan-1120" },
    主机规划: { I4: "10.0.20.11", G3: { xml: "<f>SUM(1)</f>" } },
  });
  expect(describeFindings(findings)).toBe(`error 虚拟网络!F8 (vlan-1120) [vlan-invalid]
  A VLAN id is a whole number from 0 to 4094.
  Write the number alone, 0 for untagged.
error 主机规划!G3 (***) [formula-unknown]
  The out-of-band password of the host is a formula whose result is not stored in the file (***).
  Write the value itself, or open the workbook in Excel and save it, which stores the result.
error 主机规划!I4 (10.0.20.11) [address-twice]
  The same address stands at 主机规划!I3 (management address of the host).
  Give each its own address.
warning 虚拟网络!K4 (active-backup) [bond-unneeded]
  The switch has one host port; the bond mode is left out.
  Blank the bond mode, or name a second port.
3 errors, 1 warning
`);
});

test("findings of a site.yaml are described by line and column", async () => {
  const { findings } = await readPlan(fileOf("kind: site\ncluster:\n  nam: x\n", "site.yaml"));
  expect(describeFindings(findings)).toContain(
    "error line 3, column 3 [key-unknown]\n  The key nam is not known here.",
  );
});

test("no findings are no text", () => {
  expect(describeFindings([])).toBe("");
});
