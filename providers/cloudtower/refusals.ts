import { z } from "zod";
import { NotAuthorised, Refused } from "../kernel/errors";
import { parseJson } from "../kernel/json";
import { rightPassword } from "../kernel/password-places";
import { words } from "../kernel/words";

/** What CloudTower refuses, in its own words. An answer: nothing was done. */
export class TowerRefused extends Refused {}

/** Refused because another task has the object (code ResourceLocked): the same call is taken a while later. */
export class ResourceLocked extends TowerRefused {
  constructor(
    message: string,
    status: number,
    /** `VM cl2…`, as far as the answer names them. */
    readonly locked: string[],
  ) {
    super(message, {
      status,
      vendorCode: "ResourceLocked",
      hint: "another task has the object: wait until it has ended",
    });
  }
}

/** ErrorBody of the vendor's schema; ResourceLocked is the one code there is (facts, part B 5A 6). */
const errorBody = z.looseObject({
  message: z.string(),
  status: z.number().optional(),
  path: z.string().optional(),
  code: z.string().nullish(),
  props: z
    .looseObject({
      locked_resources: z.array(z.looseObject({ id: z.string().optional(), type: z.string().optional() })).optional(),
    })
    .nullish(),
});

/** GraphQL answers its errors with HTTP 200 (facts, part A 1). */
const graphqlErrors = z.looseObject({
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        code: z.string().nullish(),
        extensions: z.looseObject({ code: z.string().optional() }).nullish(),
      }),
    )
    .min(1),
});
type GraphqlError = z.output<typeof graphqlErrors>["errors"][number];

/** Throws what CloudTower's error bodies mean; leaves every other answer as it is. */
export function throwRefusal(status: number, data: unknown, describe: string, connection: string): void {
  const errors = graphqlErrors.safeParse(data);
  if (errors.success) throw graphqlRefusal(status, errors.data.errors, describe, connection);
  const body = status >= 400 ? errorBody.safeParse(data) : undefined;
  if (!body?.success) return;
  const { message, path, code, props } = body.data;
  const said = `${describe} was refused with ${status}${path ? ` at ${words(path, 100)}` : ""}: ${words(message)}`;
  if (code !== "ResourceLocked") throw new TowerRefused(said, { status, vendorCode: code ?? undefined });
  const locked = (props?.locked_resources ?? [])
    .slice(0, 5)
    .map(({ type, id }) => [type, id].filter(Boolean).join(" "));
  throw new ResourceLocked(said, status, locked);
}

function graphqlRefusal(status: number, errors: GraphqlError[], describe: string, connection: string): Error {
  const shown = errors.slice(0, 5).map(({ message }) => message.slice(0, 10_000));
  const said = `${describe} was refused: ${words(shown.join("; "))}`;
  const codes = errors.flatMap(({ code, extensions }) => code ?? extensions?.code ?? []);
  // In which of its fields GraphQL puts the code is not documented (facts, section 6).
  if (codes.includes("ResourceLocked")) return new ResourceLocked(said, status, []);
  if (errors.some(saysLoggedOut)) return new NotAuthorised(said, rightPassword(connection));
  return new TowerRefused(said, { status, vendorCode: codes[0] });
}

/** How GraphQL says that a token does not hold is not documented: words and codes that mean nothing else. */
function saysLoggedOut({ message, code, extensions }: GraphqlError): boolean {
  return (
    [code, extensions?.code].some((each) => each === "UNAUTHENTICATED" || each === "Unauthorized") ||
    /invalid token|token (is )?(invalid|expired|has expired)|unauthori[sz]ed|unauthenticated|not logged in/i.test(
      message,
    )
  );
}

/** Longer bodies are data: errors are short. */
const LONGEST_ERROR = 64 * 1024;

/** Whether an answer says that the session does not hold: 401, or GraphQL's way to say it with 200. */
export function sessionExpired(status: number, body: Buffer): boolean {
  if (status === 401) return true;
  if (body.length > LONGEST_ERROR || !body.includes('"errors"')) return false;
  try {
    const errors = graphqlErrors.safeParse(parseJson(body.toString("utf8")));
    return errors.success && errors.data.errors.some(saysLoggedOut);
  } catch {
    return false;
  }
}
