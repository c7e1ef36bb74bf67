import type { SitePlan } from "../../plan/site-plan";
import { CLOUDTOWER_PASSWORD } from "../guest/guest-model";
import type { Lab } from "../lab";
import { PREDEPLOY_TOKEN } from "../smtxos/deployment";
import { openSession } from "../smtxos/session";

/** What a client needs to work with a site that a lab has brought to a stage. */
export interface Reached {
  smtxos: {
    /** Of Fisheye, or before the deployment of the first host. */
    url: string;
    /** A session of Fisheye; null before root's password is set. */
    token: string | null;
    username: string | null;
    password: string | null;
    /** What /api/v2/deployment takes on a host. */
    deploymentToken: string;
  };
  cloudtower: {
    url: string;
    /** The planned address, which the certificate is for too. */
    address: string;
    username: string | null;
    password: string | null;
    /** Over plain http; null unless it was asked for. */
    http: string | null;
    /** Of its guest; null where CloudTower was installed by hand. */
    ssh: { address: string; port: number; username: string; password: string } | null;
  } | null;
}

/** Says where the site is reached as it stands now. Opens a session of Fisheye. */
export function reachedSite({ reach, site }: Lab, plan: SitePlan, http: boolean): Reached {
  const { cluster, cloudtower } = site.model;
  const place = (address: string, port: number) => reach.endpoints[`${address}:${port}`] ?? `${address}:${port}`;
  // A vendor's own port needs no mention.
  const url = (scheme: "http" | "https", address: string) =>
    `${scheme}://${place(address, scheme === "http" ? 80 : 443).replace(/:(80|443)$/, "")}`;
  const password = cluster?.rootPassword;
  const user = cloudtower?.users.find(({ role }) => role === "ROOT");
  const [host = "", port = ""] = cloudtower ? place(cloudtower.address, 22).split(":") : [];
  return {
    smtxos: {
      url: url("http", cluster?.managementVip ?? (plan.hosts[0]?.management as string)),
      token: password === undefined ? null : openSession(site, "root").token,
      username: password === undefined ? null : "root",
      password: password ?? null,
      deploymentToken: PREDEPLOY_TOKEN,
    },
    cloudtower: cloudtower
      ? {
          url: url("https", cloudtower.address),
          address: cloudtower.address,
          username: user?.username ?? null,
          password: user?.password ?? null,
          http: http ? url("http", cloudtower.address) : null,
          ssh: cloudtower.vm
            ? { address: host, port: Number(port), username: "cloudtower", password: CLOUDTOWER_PASSWORD }
            : null,
        }
      : null,
  };
}

/** The same in lines for a person. */
export function inWords({ smtxos, cloudtower }: Reached, ca: string): string[] {
  const { url, username, password, token } = smtxos;
  return [
    `  SMTX OS     ${url}${username ? `  user ${username}, password ${password}, token ${token}` : "  no password is set yet"}`,
    ...(cloudtower
      ? [
          `  CloudTower  ${cloudtower.url}  user ${cloudtower.username}, password ${cloudtower.password}; its certificate is verified by ${ca}`,
          ...(cloudtower.http ? [`              ${cloudtower.http}`] : []),
        ]
      : []),
  ];
}
