import type { Answer, Call } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf, status } from "../switch";
import type { LabCluster, LabVds } from "./cluster-model";
import { failure } from "./envelope";

export const unauthorised = status(
  "unauthorised",
  401,
  "Status of the answer to a wrong or missing token.",
  "what a wrong or missing token is answered with: two public clients expect 401, no document shows it",
);

export const missingObject = oneOf(
  "missingObject",
  [200, 404],
  "HTTP status of the answer for an object that is not there; its ec is ENOTFOUND.",
  "what an object that is not there is answered with; no document shows it",
);

/** The cluster as it stands at this moment; undefined before it is deployed. */
export function clusterOf(site: SiteState): LabCluster | undefined {
  site.advance();
  return site.model.cluster;
}

/** Answers a call that came with a session's token, and refuses any other. */
export function inSession(site: SiteState, call: Call, answer: (cluster: LabCluster) => Answer): Answer {
  const cluster = clusterOf(site);
  if (!cluster) return notDeployed();
  if (!hasSession(site, tokenOf(call))) {
    return {
      status: site.switches.of(unauthorised),
      body: { ec: "EUNAUTHORIZED", data: {}, error: { msg: "invalid token" } },
    };
  }
  return answer(cluster);
}

const SESSION_LIFE = 7 * 24 * 60 * 60_000;

/** Logs a user in to Fisheye; times are the site's. */
export function openSession(site: SiteState, user: string): { token: string; created: number; expires: number } {
  const token = site.id("session").replaceAll("-", "");
  const [created, expires] = [site.now, site.now + SESSION_LIFE];
  site.change((model) => {
    model.sessions[token] = { user, expires };
  });
  return { token, created, expires };
}

export function hasSession({ model, now }: SiteState, token: string | undefined): boolean {
  const session = token === undefined ? undefined : model.sessions[token];
  return session !== undefined && session.expires > now;
}

/** Forgets the session that a call came with. */
export function expireSession(site: SiteState, call: Call): void {
  site.change(({ sessions }) => {
    delete sessions[tokenOf(call) ?? ""];
  });
}

/** Calls under /api/v3 take the token in a second header too (facts, part B 5B 2). */
function tokenOf({ path, headers }: Call): string | undefined {
  const second = path.startsWith("/api/v3/") ? headers["grpc-metadata-token"] : undefined;
  return headers["x-smartx-token"] || second;
}

/** Fisheye's services start with the cluster; before that the web server has nothing behind it (assumed). */
export function notDeployed(): Answer {
  return plainError(503, "the cluster is not deployed");
}

export function plainError(status: number, message: string): Answer {
  return { status, body: { code: status, message } };
}

/** No such object: an ec, with HTTP 200 or 404 as the switch says. */
export function missing(site: SiteState, what: string): Answer {
  const answer = failure("ENOTFOUND", `${what} is not found`);
  return { ...answer, status: site.switches.of(missingObject) };
}

/** Answers for the switch in the path. */
export function onVds(site: SiteState, call: Call, answer: (vds: LabVds, cluster: LabCluster) => Answer): Answer {
  return inSession(site, call, (cluster) => {
    const vds = cluster.vdses.find((each) => each.uuid === call.params["vds"]);
    return vds ? answer(vds, cluster) : missing(site, `VDS ${call.params["vds"]}`);
  });
}
