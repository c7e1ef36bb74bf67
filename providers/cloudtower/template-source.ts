import { z } from "zod";
import type { Failure } from "../kernel/schema";

/** What a template is made from. */
export const sourceVm = z
  .string()
  .min(1)
  .describe("id of the virtual machine that it is made from, as it stands then; a change is refused");

/** A template is made once. */
export function refusedSource(stands: { vm: string }, wanted: { vm: string }): Failure[] {
  if (stands.vm === wanted.vm) return [];
  const reason = `the template is made, and not again: it was of ${stands.vm}, planned is ${wanted.vm}; put the plan back, or plan another template as a resource of another name`;
  return [{ property: "vm", reason }];
}
