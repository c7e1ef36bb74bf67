import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { startJob } from "./jobs";
import { inSession, plainError, unauthorised } from "./session";

export const readVip = oneOf(
  "readVip",
  [200, 404, 405],
  "Status of the answer to GET /api/v2/settings/vip; 200: what was set.",
  "the documents show PUT /api/v2/settings/vip only; whether a GET tells what was set (200), or is no call",
);

export const setVipAnswers = oneOf(
  "setVipAnswers",
  ["empty", "job"],
  "What PUT /api/v2/settings/vip answers with.",
  "the answer to PUT /api/v2/settings/vip is not shown (facts, part B 5B 12); those to DNS and NTP have a job_id",
);

export const readDns = oneOf(
  "readDns",
  [200, 404, 405],
  "Status of the answer to GET /api/v2/settings/dns; 200: what was set.",
  "the documents show PUT /api/v2/settings/dns only",
);

export const readNtp = oneOf(
  "readNtp",
  [200, 404, 405],
  "Status of the answer to GET /api/v2/settings/ntp; 200: what was set.",
  "the documents show PUT /api/v2/settings/ntp only",
);

const vipSchema = z.strictObject({ management_vip: z.ipv4().nullable(), iscsi_vip: z.ipv4().nullable() });
const dnsSchema = z.strictObject({ dns_servers: z.array(z.ipv4()) });
const hostname = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/);
const ntpSchema = z.discriminatedUnion("ntp_mode", [
  z.strictObject({ ntp_mode: z.literal("external"), ntp_servers: z.array(hostname).min(1) }),
  z.strictObject({ ntp_mode: z.literal("internal"), ntp_servers: z.array(z.never()).nullable().optional() }),
]);

/** Settings of the cluster: addresses of its own, name servers, time servers. */
export const settingOperations: Operation[] = [
  {
    id: "setVip",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/settings/vip",
    write: true,
    source: "runbook stage 03 部署后配置集群VIP; the answer is not shown: facts, part B 5B 12",
    assumed: "the answer, which comes once the VIP is served or, with a job, before it; ec EINVAL",
    switches: [setVipAnswers, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, () => {
        const body = vipSchema.safeParse(call.body);
        if (!body.success) return failure("EINVAL", "management_vip and iscsi_vip are addresses or null");
        const { management_vip: management, iscsi_vip: iscsi } = body.data;
        if (site.switches.of(setVipAnswers) === "job")
          return startJob(site, call, {
            description: "SETTINGS_UPDATE_VIP",
            change: { kind: "setVip", management, iscsi },
          });
        site.change((model) => {
          if (model.cluster) Object.assign(model.cluster, { managementVip: management, iscsiVip: iscsi });
        });
        return envelope({});
      }),
  },
  {
    id: "readVip",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/settings/vip",
    write: false,
    source: "none: the documents show the PUT only",
    assumed: "all of it",
    switches: [readVip, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      read(site, call, site.switches.of(readVip), ({ managementVip, iscsiVip }) => ({
        management_vip: managementVip,
        iscsi_vip: iscsiVip,
      })),
  },
  {
    id: "setDns",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/settings/dns",
    write: true,
    source: "runbook stage 03 部署后配置dns: addresses only, answered with a job",
    assumed: "ec EINVAL; the servers are set once the job has ended",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, () => {
        const body = dnsSchema.safeParse(call.body);
        if (!body.success) return failure("EINVAL", "dns_servers is a list of addresses");
        const change = { kind: "setDns" as const, servers: body.data.dns_servers };
        return startJob(site, call, { description: "SETTINGS_UPDATE_DNS", change });
      }),
  },
  {
    id: "readDns",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/settings/dns",
    write: false,
    source: "none: the documents show the PUT only",
    assumed: "all of it: what the PUT takes; after a deployment what its request said, 127.0.0.1",
    switches: [readDns, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) => read(site, call, site.switches.of(readDns), ({ dns }) => ({ dns_servers: dns })),
  },
  {
    id: "setNtp",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/settings/ntp",
    write: true,
    source:
      "runbook stage 03 部署后配置ntp: names or addresses, answered with a job; ntp_mode in lower case: facts, part B 5B 12",
    assumed: "ec EINVAL; internal takes no servers; the servers are set once the job has ended",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, () => {
        const body = ntpSchema.safeParse(call.body);
        if (!body.success)
          return failure("EINVAL", "ntp_mode is external, with ntp_servers of names or addresses, or internal");
        const { ntp_mode: mode, ntp_servers: servers } = body.data;
        const change = { kind: "setNtp" as const, ntp: { mode, servers: servers ?? [] } };
        return startJob(site, call, { description: "SETTINGS_UPDATE_NTP", change });
      }),
  },
  {
    id: "readNtp",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/settings/ntp",
    write: false,
    source: "none: the documents show the PUT only",
    assumed: "all of it: what the PUT takes; after a deployment internal",
    switches: [readNtp, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      read(site, call, site.switches.of(readNtp), ({ ntp }) => ({ ntp_mode: ntp.mode, ntp_servers: ntp.servers })),
  },
];

/** Reads a setting, if there is a call for that. */
export function read(
  site: SiteState,
  call: Call,
  status: 200 | 404 | 405,
  shown: (cluster: LabCluster) => unknown,
): Answer {
  return inSession(site, call, (cluster) =>
    status === 200 ? envelope(shown(cluster)) : plainError(status, "no such call"),
  );
}
