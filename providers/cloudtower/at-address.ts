import { z } from "zod";
import { answersAt } from "../kernel/answers";
import { NotTrusted, SitewrightError } from "../kernel/errors";
import { createHttpClient } from "../kernel/http";
import { pathTo } from "../kernel/path";
import type { Workspace } from "../kernel/workspace";

/**
 * What is to be met at an address, before anything is made there: a CloudTower, which answers a query that needs no
 * log-in (runbook, stage 04 checkTowerIsSetup), nothing, or something else. Throws NotTrusted for a certificate that is
 * not.
 */
export async function atAddress(
  { transport }: Pick<Workspace, "transport">,
  address: string,
): Promise<"nothing" | "cloudtower" | "something else"> {
  const [https, http, ssh] = await Promise.all([443, 80, 22].map((port) => answersAt(transport, address, port)));
  if (https) return (await asksCloudTower(transport, address, true)) ? "cloudtower" : "something else";
  return http || ssh ? "something else" : "nothing";
}

/**
 * Whether a CloudTower tells at an address whether it is set up: what takes a connection there may be a front end that
 * answers 502 while nothing runs behind it. Asked once; throws NotTrusted for a certificate that is not trusted.
 */
export async function tellsOfItself(
  { transport }: Pick<Workspace, "transport">,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  return (await answersAt(transport, address, 443)) && asksCloudTower(transport, address, false, signal);
}

/** `idempotent`: asked again where no answer comes, or one that may be another soon. */
async function asksCloudTower(
  transport: Workspace["transport"],
  address: string,
  idempotent: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const http = createHttpClient({ connection: `CloudTower at ${address}`, addresses: [address], ...transport });
  try {
    const { data } = await http.request({
      operation: `see whether ${address} is a CloudTower`,
      method: "POST",
      path: pathTo`/api`,
      body: { operationName: "checkTowerIsSetup", variables: {}, query: CHECK_TOWER_IS_SETUP },
      schema: z.looseObject({ data: z.looseObject({ userCreated: z.looseObject({ created: z.boolean() }) }) }),
      read: true,
      idempotent,
      signal,
    });
    return typeof data.data.userCreated.created === "boolean";
  } catch (error) {
    // Whatever else it says, it is none.
    if (!(error instanceof SitewrightError) || error instanceof NotTrusted || signal?.aborted) throw error;
    return false;
  } finally {
    http.close();
  }
}

/** Needs no log-in (runbook, stage 04). */
export const CHECK_TOWER_IS_SETUP =
  "query checkTowerIsSetup { organizations(first: 1) { id name } userCreated { created } }";
