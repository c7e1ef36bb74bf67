import { z } from "zod";
import { secret } from "./schema";

/**
 * The way to one system of the site. A resource carries its name and its addresses; credentials come from
 * the environment, a secret file or the stack's secrets by that name, and only where the plan itself holds
 * a password does it travel with the connection, encrypted.
 */
const way = {
  name: z.string().min(1).describe("name that credentials, journal and messages go by; a change replaces"),
  addresses: z.array(z.string().min(1)).min(1).describe("host names or addresses, tried in this order"),
  username: z.string().optional().describe("log-in name, where the plan holds it"),
  password: secret(z.string().optional()).describe("password, where the plan holds it"),
};

export const connectionSchema = z
  .strictObject({
    ...way,
    observer: z
      .looseObject({ system: z.string().min(1).describe("which system it is: cloudtower"), ...way })
      .optional()
      .describe("another system of the site, which is asked for what this one does not let be read back"),
  })
  .describe("the system that the object belongs to");

export type Connection = z.output<typeof connectionSchema>;
