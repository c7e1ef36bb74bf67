import { z } from "zod";
import { connectionSchema } from "../kernel/connection";

/** The way to a CloudTower: as every connection, and how one logs in there. */
export const cloudtowerConnection = connectionSchema
  .extend({
    source: z
      .enum(["LOCAL", "LDAP", "AUTHN", "API_KEY"])
      .optional()
      .describe("who knows the user; LOCAL unless told. API_KEY: the password is an API key, and nobody logs in"),
    scheme: z
      .enum(["https", "http"])
      .optional()
      .describe("https unless told; http sends password and token in the clear, and CloudTower may not serve it"),
  })
  .describe("the CloudTower that the object belongs to");

export type TowerConnection = z.output<typeof cloudtowerConnection>;
