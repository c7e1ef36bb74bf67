import type { FindingParams } from "./text";

/** Names of the plan's fields, by path without indices. */
const fieldNames: Record<string, string> = {
  "hosts.name": "host name",
  "hosts.management": "management address of the host",
  "hosts.storage": "storage address of the host",
  "hosts.ssh.username": "SSH user of the host",
  "hosts.ssh.password": "SSH password of the host",
  "hosts.bmc.address": "out-of-band address of the host",
  "hosts.bmc.username": "out-of-band user of the host",
  "hosts.bmc.password": "out-of-band password of the host",
  "cluster.name": "cluster name",
  "cluster.vip": "cluster VIP",
  "cluster.boost": "cluster function",
  "cluster.storage": "storage architecture",
  "cluster.networks": "network architecture",
  "cluster.admin.username": "user name of the cluster administrator",
  "cluster.admin.password": "password of the cluster administrator",
  "testRange.first": "first test address",
  "testRange.last": "last test address",
  "everoute.vip": "ER VIP",
  "everoute.nodes": "ER controller address",
  ntp: "NTP server",
  dns: "DNS server",
};

const fieldWords: Record<string, string> = {
  nics: "host ports",
  vlan: "VLAN id",
  vlanType: "VLAN type",
  bondMode: "bond mode",
  name: "name",
};

/** The field that a finding is about, in words. */
export function field(params: FindingParams): string {
  return name(params.field);
}

export function name(path: string | number | undefined): string {
  const key = String(path ?? "value");
  const known = fieldNames[key];
  if (known) return known;
  const steps = key.split(".");
  const last = steps.at(-1) ?? key;
  return [...steps.slice(0, -1), fieldWords[last] ?? last].join(" ");
}
