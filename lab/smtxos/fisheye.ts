import { z } from "zod";
import type { Operation } from "../operation";
import { status } from "../switch";
import { envelope } from "./envelope";
import { clusterOf, expireSession, inSession, notDeployed, openSession, plainError, unauthorised } from "./session";
import { answersTell, told } from "./told";

export const secondSetupRoot = status(
  "secondSetupRoot",
  400,
  "Status of the answer to a second users:setupRoot.",
  "a second POST /api/v3/users:setupRoot fails (facts, part B 5B 3), its status is not shown",
);

const passwordSchema = z.looseObject({
  username: z.string().optional(),
  password: z.string().min(1),
  repeat: z.string(),
});
const loginSchema = z.looseObject({ username: z.string(), password: z.string() });

/** Fisheye: the management of a cluster, on every host and on the VIP once it is set. */
export const fisheyeOperations: Operation[] = [
  {
    id: "setupRoot",
    system: "fisheye",
    method: "POST",
    path: "/api/v3/users:setupRoot",
    write: true,
    source: "runbook stage 03 部署后配置fisheye管理员密码; once only: facts, part B 5B 3",
    assumed: "503 before the cluster is deployed; 400 where password and repeat differ; bodies of errors",
    switches: [secondSetupRoot],
    checkedBy: "sitewright",
    handle(site, call) {
      const cluster = clusterOf(site);
      if (!cluster) return notDeployed();
      const body = passwordSchema.safeParse(call.body);
      if (!body.success || body.data.password !== body.data.repeat)
        return plainError(400, "password and repeat differ or are missing");
      if (cluster.rootPassword !== undefined)
        return plainError(site.switches.of(secondSetupRoot), "root has been set up already");
      site.change((model) => {
        if (model.cluster) model.cluster.rootPassword = body.data.password;
      });
      return {
        status: 200,
        body: {
          id: "root",
          username: "root",
          password: "",
          email: "root@test.com",
          role: "ROOT",
          annotation: "",
          auth_provider_id: "local",
        },
      };
    },
  },
  {
    id: "createSession",
    system: "fisheye",
    method: "POST",
    path: "/api/v3/sessions",
    write: false,
    source: "runbook stage 03 登录fisheye获取token; seven days",
    assumed: "503 before the cluster is deployed; 401 for a wrong log-in",
    checkedBy: "sitewright",
    handle(site, call) {
      const cluster = clusterOf(site);
      if (!cluster) return notDeployed();
      const body = loginSchema.safeParse(call.body);
      const right =
        body.success &&
        body.data.username === "root" &&
        cluster.rootPassword !== undefined &&
        body.data.password === cluster.rootPassword;
      if (!right) return plainError(401, "invalid username or password");
      const { token, created, expires } = openSession(site, "root");
      const at = (ms: number) => new Date(ms).toISOString();
      return {
        status: 200,
        body: { user_id: "root", token, create_time: at(created), expire_time: at(expires), update_time: at(created) },
      };
    },
  },
  {
    id: "deleteSession",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v3/sessions",
    write: false,
    source: "facts, part B 5B 2: logs out",
    assumed: "the answer's body, empty",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, () => {
        expireSession(site, call);
        return { status: 200, body: {} };
      }),
  },
  {
    id: "readLicense",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/tools/license",
    write: false,
    source: "runbook stage 03 部署后获取集群序列号",
    assumed: "the licence's figures are those of the sample",
    switches: [answersTell, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, (cluster) =>
        envelope(
          told(
            site,
            {
              serial: cluster.serial,
              software_edition: "ENTERPRISE",
              max_chunk_num: 255,
              max_physical_data_capacity: 0,
              max_physical_data_capacity_per_node: 140_737_488_355_328,
              license_capabilities: { has_metrox: true, has_remote_backup: true },
              license_type: "TRIAL",
              vendor: "SMTX",
              maintenance_start_date: 0,
              maintenance_period: 0,
              sign_date: 1_759_011_131,
              platform: 15,
              mode: "HCI",
              period: 2_592_000,
              pricing_type: "PRICING_TYPE_UNKNOWN",
            },
            ["software_edition", "license_type"],
          ),
        ),
      ),
  },
];
