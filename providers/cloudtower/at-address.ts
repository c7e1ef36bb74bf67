import { z } from "zod";
import { answersAt } from "../kernel/answers";
import { SitewrightError } from "../kernel/errors";
import { createHttpClient } from "../kernel/http";
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
  if (https) return (await saysCloudTower(transport, address)) ? "cloudtower" : "something else";
  return http || ssh ? "something else" : "nothing";
}

async function saysCloudTower(transport: Workspace["transport"], address: string): Promise<boolean> {
  const http = createHttpClient({ connection: `CloudTower at ${address}`, addresses: [address], ...transport });
  try {
    const { data } = await http.request({
      operation: `see whether ${address} is a CloudTower`,
      method: "POST",
      path: "/api",
      body: { operationName: "checkTowerIsSetup", variables: {}, query: CHECK_TOWER_IS_SETUP },
      schema: z.looseObject({ data: z.looseObject({ userCreated: z.looseObject({}) }) }),
      read: true,
      idempotent: true,
    });
    return data.data.userCreated !== undefined;
  } catch (error) {
    // Whatever else it says, it is none.
    if (error instanceof SitewrightError) return false;
    throw error;
  } finally {
    http.close();
  }
}

/** Needs no log-in (runbook, stage 04). */
export const CHECK_TOWER_IS_SETUP =
  "query checkTowerIsSetup { organizations(first: 1) { id name } userCreated { created } }";
