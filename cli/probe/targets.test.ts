import { expect, test } from "vitest";
import { samplePlan } from "../../plan/sample-plan";
import { describeTargets } from "./describe-probes";
import { isRangeCut, mostTestAddresses, probeTargets } from "./targets";

const direct = { speed: 1, only: false, endpoints: {} };

const addresses = (role: string, plan = samplePlan) =>
  probeTargets(plan, direct).flatMap((target) => (target.role === role ? [target.address] : []));

test("every address of the plan is asked once for what it is", () => {
  expect(addresses("management")).toEqual(["10.0.20.11", "10.0.20.12", "10.0.20.13"]);
  expect(addresses("bmc")).toEqual(["10.0.19.11", "10.0.19.12", "10.0.19.13"]);
  expect(addresses("storage")).toEqual(["10.0.21.11", "10.0.21.12", "10.0.21.13"]);
  expect(["vip", "cloudtower", "observability", "backupService"].flatMap((role) => addresses(role))).toEqual([
    "10.0.20.10",
    "10.0.20.2",
    "10.0.20.3",
    "10.0.20.4",
  ]);
  expect(addresses("dns")).toEqual(["10.0.0.114", "10.0.0.1"]);
  expect(addresses("ntp")).toEqual(["10.0.0.2", "10.0.0.3", "ntp.example.com"]);
  expect(addresses("testRange")).toHaveLength(9);
  const everoute = { vip: "10.0.20.5", nodes: ["10.0.20.6"] };
  expect(addresses("everoute", { ...samplePlan, everoute })).toEqual(["10.0.20.5"]);
  expect(addresses("everouteNode", { ...samplePlan, everoute })).toEqual(["10.0.20.6"]);
});

test("a test range is cut before it becomes a scan, and leaves out what the plan gives away", () => {
  const wide = { ...samplePlan, testRange: { first: "10.0.20.1", last: "10.0.255.254" } };
  const range = addresses("testRange", wide);
  // 10.0.20.1 to .64 without the gateway, the VIP, three components, three hosts.
  expect(range).toHaveLength(mostTestAddresses - 8);
  expect(range).not.toContain("10.0.20.11");
  expect(range.at(-1)).toBe("10.0.20.64");
  expect(isRangeCut(wide)).toBe(true);
  expect(isRangeCut(samplePlan)).toBe(false);
});

test("the list says which way leads to each address, and what is not asked at all", () => {
  const reach = {
    speed: 1,
    only: true,
    endpoints: { "10.0.20.11:80": "127.0.0.1:4080", "10.0.20.11:22": "127.0.0.1:4022" },
  };
  const list = describeTargets(probeTargets(samplePlan, reach), true).split("\n");
  expect(list[0]).toBe("would probe these 27 targets:");
  expect(list[1]).toBe(
    "  10.0.20.11       management of BJ-SMTX-Prod-Node-01: tcp 80 by reach.json at 127.0.0.1:4080, tcp 22 by reach.json at 127.0.0.1:4022, tcp 443 not (reach.json)",
  );
  expect(list).toContain("  10.0.20.10       cluster VIP: not at all, reach.json lists no way there");
  const chinese = describeTargets(probeTargets(samplePlan, reach), true, "zh").split("\n");
  expect(chinese[0]).toBe("将探测以下 27 个目标：");
  expect(chinese).toContain("  10.0.20.10       集群 VIP: 不探测，reach.json 中没有映射");
});
