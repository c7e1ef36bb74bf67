import type { SitePlan } from "../../plan/site-plan";
import { cloudtower } from "../cloudtower/system";
import { operationOf } from "../router";
import type { SiteState } from "../site-state";
import type { LabHost } from "../smtxos/host-model";
import { smtxos } from "../smtxos/system";
import { type SiteSystem, succeeded } from "../system";

/** One call of the lab's own operations, made in process. */
export interface Made {
  method: "GET" | "POST" | "PUT";
  /** With its query. */
  path: string;
  body?: unknown;
  /** x-smartx-token of a host or of Fisheye. */
  token?: string;
  /** Authorization of CloudTower; null: of CloudTower, without a log-in. */
  tower?: string | null;
  /** The host that is asked. */
  host?: LabHost;
  file?: Uint8Array;
}

/** What brings a site on its way: the same calls that a client makes, and the site's time. */
export interface Builder {
  site: SiteState;
  plan: SitePlan;
  /** The answer's body; throws, with the words of the lab, when the call is refused. */
  call<T>(made: Made): T;
}

export function builderOf(site: SiteState, plan: SitePlan): Builder {
  return { site, plan, call: <T>(made: Made) => answerTo(site, made) as T };
}

function answerTo(site: SiteState, { method, path, body, token, tower, host, file }: Made): unknown {
  const url = new URL(path, "http://lab");
  const system: SiteSystem = tower === undefined ? smtxos : cloudtower;
  const routed = operationOf(system, { method, path: url.pathname, body });
  if (!routed) throw new Error(`the lab does not have ${method} ${path}`);
  const answer = routed.operation.handle(site, {
    method,
    path: url.pathname,
    query: url.searchParams,
    params: routed.params,
    headers: { "x-smartx-token": token, authorization: tower ?? undefined },
    body,
    file,
    machine: host?.uuid,
  });
  if (!succeeded(system, answer))
    throw new Error(`${method} ${url.pathname} is refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
