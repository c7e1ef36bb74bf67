import { expect, test } from "vitest";
import { fieldOf } from "../draft";
import { keysAt } from "../key-names";
import {
  areaGroup,
  clusterGroup,
  clusterNameGroup,
  componentGroup,
  dnsServers,
  documentGroup,
  everouteGroup,
  everouteNodes,
  hostGroup,
  ipmiGroup,
  networkGroup,
  ntpServers,
  rackColumns,
  rackGroup,
  switchGroup,
  testRangeGroup,
} from "../layout";
import { vmsPlanSchema } from "../vms/vms-plan";
import { name } from "./field-names";

const groups = [
  documentGroup,
  clusterNameGroup,
  clusterGroup,
  hostGroup(3, 0),
  ipmiGroup,
  switchGroup("business.switch", 8),
  networkGroup("management.extra", 5),
  networkGroup("business.networks.0", 8),
  componentGroup("cloudtower", 3),
  componentGroup("observability", 4),
  everouteGroup,
  testRangeGroup,
  areaGroup,
  rackGroup(rackColumns[0], 0),
];
const paths = new Set([
  ...groups.flatMap(({ path, fields }) => fields.map(({ key }) => fieldOf(path === "" ? key : `${path}.${key}`))),
  ...[everouteNodes, ntpServers, dnsServers].map(({ path }) => path),
]);

const vmParts = [
  ["vms", 0],
  ["defaults"],
  ["placementGroups", 0],
  ["vms", 0, "cloudInit"],
  ...["disks", "nics", "cdRoms"].map((part) => ["vms", 0, part, 0]),
];
for (const part of vmParts) for (const key of keysAt(vmsPlanSchema, part)) paths.add(fieldOf([...part, key]));

test.each([...paths])("%s has a name in both languages", (path) => {
  expect(name(path)).toMatch(/^[A-Za-z0-9 ()'-]+$/);
  expect(name(path)).not.toContain(".");
  expect(name(path, "zh")).toMatch(/\p{Script=Han}|^CloudTower|VIP$|SN$/u);
  expect(name(path, "zh")).not.toMatch(/[a-z]\.[a-z]|undefined/);
});

test("what machines have by default is called as it is in each, parts of parts too", () => {
  expect(name("defaults.cloudInit.nameservers", "zh")).toBe("cloud-init DNS 服务器");
  expect(name("vms.placementGroup", "zh")).toBe("虚拟机的放置组");
});

test("a field of a part is said with the part's name, parted by a space beside Latin letters alone", () => {
  expect(name("business.networks.subnet")).toBe("business network subnet");
  expect(name("business.networks.subnet", "zh")).toBe("业务网络子网");
  expect(name("observability.ssh.password", "zh")).toBe("Observability SSH 密码");
  expect(name("everoute.serial")).toBe("ER serial number");
});
