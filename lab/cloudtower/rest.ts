import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { unauthorised } from "../smtxos/session";
import type { LabTower, LabTowerUser } from "./tower-model";

/** CloudTower's REST API stands under this path; errors name the rest of it (cloudtower-api-faq, ResourceLockedError). */
const REST = "/v2/api";

type RestOperation = Omit<Operation, "system" | "method" | "handle"> & {
  handle(site: SiteState, tower: LabTower, call: Call): Answer;
};

/** A call for those who are logged in: JSON by POST (cloudtower-api-guide, 如何调用). */
export function rest({ path, switches = [], handle, ...operation }: RestOperation): Operation {
  return {
    ...operation,
    system: "cloudtower",
    method: "POST",
    path: REST + path,
    switches: [...switches, unauthorised],
    handle: (site, call) =>
      onTower(site, call, (tower) => {
        const status = site.switches.of(unauthorised);
        return userOf(tower, call) ? handle(site, tower, call) : refused(call, status, "invalid token");
      }),
  };
}

/** A call that needs no log-in. */
export function openRest({ path, handle, ...operation }: RestOperation): Operation {
  return {
    ...operation,
    system: "cloudtower",
    method: "POST",
    path: REST + path,
    handle: (site, call) => onTower(site, call, (tower) => handle(site, tower, call)),
  };
}

/** Answers for CloudTower as it stands at this moment; a call that throws Refused is refused. */
export function onTower(site: SiteState, call: Call, answer: (tower: LabTower) => Answer): Answer {
  site.advance();
  const { cloudtower } = site.model;
  if (!cloudtower) throw new Error("no CloudTower is installed in the lab yet");
  try {
    return answer(cloudtower);
  } catch (error) {
    if (error instanceof Refused) return refused(call, error.status, error.message, error.more);
    throw error;
  }
}

/** Whose token or API key a call has: as it is, or after Bearer (facts, part B 5A 4). */
export function userOf(tower: LabTower, { headers }: Call): LabTowerUser | undefined {
  const token = tokenOf(headers);
  const id = token === undefined ? undefined : tower.tokens[token];
  return tower.users.find((user) => user.id === id);
}

export function tokenOf(headers: Call["headers"]): string | undefined {
  return headers["authorization"]?.replace(/^Bearer /, "");
}

/** A call that cannot be done. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What else stands in the answer. */
    readonly more: { code?: "ResourceLocked"; props?: object } = {},
  ) {
    super(message);
  }
}

/** What a call is refused with while another task has an object (cloudtower-api-faq, ResourceLockedError). */
export function locked(type: string, id: string): Refused {
  const props = { locked_resources: [{ id, type }] };
  return new Refused(400, `Resource [${type}-${id}] locked`, { code: "ResourceLocked", props });
}

/** The schema's ErrorBody; its path is without /v2/api (cloudtower-api-faq, ResourceLockedError). */
function refused({ path }: Call, status: number, message: string, more: Refused["more"] = {}): Answer {
  return { status, body: { message, status, path: path.replace(REST, ""), ...more } };
}

/** A request's body; Refused where it does not fit. */
export function parsed<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`);
  throw new Refused(400, wrong.join("; "));
}

/**
 * Does the same for each of an array, or for one object, and answers in the shape that came: the schema has arrays,
 * the runbook objects (facts, part B 5A 1).
 */
export function each<T extends z.ZodType>(
  schema: T,
  body: unknown,
  make: (params: z.output<T>) => { task_id: string | null; data: unknown },
): Answer {
  if (!Array.isArray(body)) return { status: 200, body: make(parsed(schema, body)) };
  return { status: 200, body: parsed(z.array(schema), body).map(make) };
}

/** What is done at once has no task (facts, part B 5A 8). */
export function done(data: unknown): { task_id: null; data: unknown } {
  return { task_id: null, data };
}
