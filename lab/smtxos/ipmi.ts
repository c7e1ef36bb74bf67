import { z } from "zod";
import type { FaultRule } from "../faults";
import type { Operation } from "../operation";
import { oneOf } from "../switch";
import { envelope, failure } from "./envelope";
import type { LabHost } from "./host-model";
import { inSession, unauthorised } from "./session";
import { read } from "./settings";

export const readIpmi = oneOf(
  "readIpmi",
  [405, 200, 404],
  "Status of the answer to GET /api/v2/ipmi/upsert_accounts; 200: what was set.",
  "the documents show POST /api/v2/ipmi/upsert_accounts only",
);

const accountSchema = z.strictObject({
  node_uuid: z.string(),
  node_name: z.string(),
  host: z.ipv4(),
  user: z.string(),
  password: z.string(),
});
const accountsSchema = z.strictObject({ accounts: z.array(accountSchema).min(1) });

type Account = z.output<typeof accountSchema>;

/** Accounts by which the cluster reaches the hosts' out-of-band controllers. */
export const ipmiOperations: Operation[] = [
  {
    id: "upsertIpmiAccounts",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/ipmi/upsert_accounts",
    write: true,
    source:
      "runbook stage 03 部署后配置IPMI信息: lists of success and failure; EOK at HTTP 200 even when all fail: facts, part B 5B 12",
    assumed:
      "an account that succeeded is shown as one that failed, with is_valid true and interface lanplus; one that failed is not kept; EINVAL. Which accounts are right is the plan's word on the controllers; where it says no password, any is",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, () => {
        const body = accountsSchema.safeParse(call.body);
        if (!body.success) return failure("EINVAL", "accounts have node_uuid, node_name, host, user and password");
        const right = (account: Account) => isRight(site.model.hosts, account, call.ipmiRefused);
        const { accounts } = body.data;
        site.change(({ cluster }) => {
          if (!cluster) return;
          for (const { node_uuid, node_name, host, user, password } of accounts.filter(right))
            cluster.ipmi[node_uuid] = { nodeName: node_name, host, user, password };
        });
        return envelope({
          success: accounts.filter(right).map((account) => shown(account, true)),
          failure: accounts.filter((account) => !right(account)).map((account) => shown(account, false)),
        });
      }),
  },
  {
    id: "readIpmiAccounts",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/ipmi/upsert_accounts",
    write: false,
    source: "none: the documents show the POST only, and its path is no name of a thing that is read",
    assumed: "all of it: a list of the accounts that are kept, without passwords",
    switches: [readIpmi, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      read(site, call, site.switches.of(readIpmi), ({ ipmi }) =>
        Object.entries(ipmi).map(([node_uuid, { nodeName, host, user }]) =>
          shown({ node_uuid, node_name: nodeName, host, user }, true),
        ),
      ),
  },
];

function isRight(hosts: LabHost[], account: Account, refused: FaultRule["ipmiRefused"]): boolean {
  if (refused === "all" || refused?.includes(account.host)) return false;
  const bmc = hosts.find((each) => each.uuid === account.node_uuid)?.bmc;
  if (bmc?.address !== account.host || account.user === "" || account.password === "") return false;
  return (bmc.user ?? account.user) === account.user && (bmc.password ?? account.password) === account.password;
}

/** As the sample of a failure has it. */
function shown({ node_uuid, node_name, host, user }: Omit<Account, "password">, is_valid: boolean) {
  return { node_uuid, node_name, host, port: 623, user, is_valid, interface: is_valid ? "lanplus" : null };
}
