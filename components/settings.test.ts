import { expect, test } from "vitest";
import "../providers/handler";
import { settingsOf } from "./settings";

const refusal = (written: Record<string, string>) => {
  try {
    settingsOf(written);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was taken");
};

test("a stack without settings has none", () => {
  expect(Object.values(settingsOf({})).filter((value) => value !== undefined)).toEqual([]);
});

test("each is read from the text that Pulumi has of it", () => {
  expect(
    settingsOf({
      teardown: "true",
      redactDelivered: "false",
      adopt: "Vlan/VLAN-1120, Cluster/HCI-01",
      trust: "firstUse",
      requestTimeout: "1m30s",
      timeouts: '{"Cluster":{"create":"3h"}}',
      cloudtowerLogin: "ldap",
      storagePolicy: "EC_4_2_THIN_PROVISION",
      alertRules: '{"host_cpu":{"NOTICE":70,"CRITICAL":90},"zbs_space":{"disabled":true}}',
      credentials: '{"connections":{"HCI-01":{"password":"Canary-1"}}}',
    }),
  ).toMatchObject({
    teardown: true,
    redactDelivered: false,
    adopt: ["Vlan/VLAN-1120", "Cluster/HCI-01"],
    trust: "firstUse",
    requestTimeout: 90_000,
    timeouts: { Cluster: { create: 10_800_000 } },
    cloudtowerLogin: "LDAP",
    storagePolicy: { ecK: 4, ecM: 2, thinProvision: true },
    alertRules: [
      {
        rule: "host_cpu",
        thresholds: [
          { severity: "CRITICAL", value: 90 },
          { severity: "NOTICE", value: 70 },
        ],
        disabled: false,
      },
      { rule: "zbs_space", thresholds: [], disabled: true },
    ],
    credentials: { connections: { "HCI-01": { password: "Canary-1" } } },
  });
  expect(settingsOf({ adopt: "all" }).adopt).toBe("all");
  expect(settingsOf({ adopt: '["A/1","B,2"]' }).adopt).toEqual(["A/1", "B,2"]);
});

test.each<[Record<string, string>, RegExp]>([
  [
    { requestTimout: "30s" },
    /^the stack setting "requestTimout" is unknown: did you mean "requestTimeout"\? — pulumi config rm requestTimout$/,
  ],
  [{ Teardown: "true" }, /"Teardown" is unknown: did you mean "teardown"\?/],
  [{ colour: "red" }, /"colour" is unknown; there are teardown, adopt, trust, .*cpuModel — pulumi config rm colour$/],
  [
    { teardown: "yes" },
    /^the stack setting teardown is "yes": it may be true or false — pulumi config set teardown true, or false; or take it out: pulumi config rm teardown$/,
  ],
  [{ trust: "firstuse" }, /trust is "firstuse": it may be pinned, firstUse or insecure: did you mean "firstUse"\?/],
  [{ home: "hell" }, /setting home is "hell".*pulumi config set home lab, or real/],
  [{ requestTimeout: "soon" }, /requestTimeout is "soon": "soon" is not a duration/],
  [{ timeouts: '{"Cluter":{"create":"3h"}}' }, /timeouts .*"Cluter" is unknown: did you mean "Cluster"\?/],
  [{ timeouts: '{"Cluster":{"crate":"3h"}}' }, /Cluster: "crate" is unknown: did you mean "create"\?/],
  [{ adopt: '["Thing/A"' }, /adopt is .*it is neither all nor names — pulumi config set adopt all/],
  [{ adopt: "[1]" }, /neither all nor names/],
  [{ cloudtower: "maybe" }, /cloudtower is "maybe": it may be install, existing or none/],
  [{ cloudtowerLogin: "AD" }, /cloudtowerLogin is "AD": it may be LOCAL, LDAP, AUTHN or API_KEY — /],
  [
    { storagePolicy: "REPLICA_4_THIN_PROVISION" },
    /storagePolicy is "REPLICA_4_THIN_PROVISION": .*EC_4_2_THIN_PROVISION/,
  ],
  [{ deployHostIp: "ipv6" }, /deployHostIp is "ipv6": it may be management or linkLocal/],
  [{ flashMix: "" }, /flashMix is "": it may be data/],
  [{ balanceTcpAs: "LACP" }, /did you mean "lacp"\?/],
  [{ media: "" }, /media is "": it is empty/],
  [{ alertRules: '{"host_cpu":{"NOTICE":"high"}}' }, /alertRules cannot be read: host_cpu: NOTICE: /],
  [{ alertRules: '{"host_cpu":{"CRITCAL":70}}' }, /host_cpu: "CRITCAL" is unknown: did you mean "CRITICAL"\?/],
  [{ alertRules: '{"host_cpu":{}}' }, /host_cpu: it has no threshold and is not disabled — pulumi config set --path/],
  [{ credentials: "Canary-9" }, /the stack setting credentials cannot be read: .*plan secrets/],
  [{ credentials: '{"connections":{"HCI-01":{"pasword":"Canary-9"}}}' }, /HCI-01.*"password"/],
])("%j is refused with the right name or what it may be", (written, message) => {
  expect(refusal(written)).toMatch(message);
  expect(refusal(written)).not.toContain("Canary");
});

test("all that is wrong is said at once", () => {
  expect(refusal({ tardown: "true", home: "hell", trust: "all" }).split("\n")).toHaveLength(3);
});
