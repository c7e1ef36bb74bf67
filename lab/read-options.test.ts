import { expect, test } from "vitest";
import { readFaults } from "./read-faults";
import { readSwitch, valuesOf } from "./read-switches";
import { defaultSwitches, SWITCHES, type SwitchName, switchNames } from "./switches";

test("every value that a switch lists is read as it is, and is not another's", () => {
  for (const name of switchNames)
    for (const value of SWITCHES[name].values) expect(readSwitch(`${name}=${value}`)).toEqual({ [name]: value });
  expect(switchNames.map((name) => valuesOf(name).split(", ")[0])).toEqual(
    switchNames.map((name) => String(defaultSwitches[name])),
  );
});

test.each<[string, SwitchName, unknown]>([
  ["pageSize=50", "pageSize", 50],
  ["pageSize=all", "pageSize", "all"],
  ["unauthorised=403", "unauthorised", 403],
  ["hostsShown=false", "hostsShown", false],
])("%s is a value", (text, name, value) => {
  expect(readSwitch(text)).toEqual({ [name]: value });
});

test.each([
  ["towerHttp=open", "towerHttp is one of serves, redirects, closed, not open"],
  ["towerHttp", 'towerHttp is one of serves, redirects, closed, not ""'],
  ["pageSize=0", "pageSize is one of all, any number from 1 to 1000000, not 0"],
  ["unauthorised=200", "unauthorised is one of 401, any number from 400 to 599, not 200"],
  ["tower=closed", "there is no switch tower; there are readVip, "],
  ["constructor=1", "there is no switch constructor; "],
])("%s is refused with what is allowed", (text, says) => {
  expect(() => readSwitch(text)).toThrow(says);
});

test("a rule alone is a list of one", () => {
  const rule = { operation: "scanHost", count: 2, answer: { status: 503 } };
  expect(readFaults(JSON.stringify(rule))).toEqual([rule]);
  expect(readFaults(JSON.stringify([rule, { operation: "sshLogIn", drop: "before-commit" }]))).toHaveLength(2);
});

test.each<[unknown, RegExp]>([
  [[{ delay: 1 }, { times: 3 }], /^rule 2: .*times.*\na rule has operation, endpoint, skip, /s],
  [{ drop: "later" }, /^rule 1: .*"before-commit"\|"after-commit".*at drop/s],
  [{ probability: 2 }, /^rule 1: .*<=1.*at probability/s],
  [{ operation: "scanHosts" }, /^rule 1: there is no operation scanHosts; there are scanHost, /],
  [{ refuse: true }, /^rule 1: refuse needs an endpoint, such as 10\.0\.20\.101:80$/],
  [{ endpoint: "10.0.20.101" }, /^rule 1: .*an address and a port, such as 10\.0\.20\.101:80/s],
  ["fails", /^rule 1: .*expected object/s],
  [{ operation: "scanHost", count: 1 }, /^rule 1 says when, and not what goes wrong: it needs one of delay, answer, /],
])("%j is refused with what is allowed", (rules, says) => {
  expect(() => readFaults(JSON.stringify(rules))).toThrow(says);
});
