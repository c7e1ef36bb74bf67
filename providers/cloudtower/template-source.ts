import { z } from "zod";
import type { Context } from "../kernel/resource";
import type { Failure } from "../kernel/schema";
import { marked, markOn, otherStack, unmarked } from "./vm-mark";

/** What the templates of a cluster and those of the content library have alike. */
export const templateInputs = {
  name: z.string().min(1).describe("name of the template; changed in place"),
  vm: z
    .string()
    .min(1)
    .describe("id of the virtual machine that it is made from, as it stands then; a change is refused"),
  description: z.string().trim().default("").describe("free text, before the mark of its stack; changed in place"),
  cloudInitSupported: z
    .boolean()
    .default(false)
    .describe("whether cloud-init is in the guest, so that machines may be given data for it; changed in place"),
};
export const templateRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  cloud_init_supported: z.boolean(),
});
type Row = z.output<typeof templateRow>;

interface Planned {
  name: string;
  vm: string;
  description: string;
  cloudInitSupported: boolean;
  shared: boolean;
}

/** What is changed in place; one of several sites bears no site's mark. */
export function writtenTemplate({ name, description, cloudInitSupported, shared }: Planned, context: Context) {
  return {
    name,
    description: shared ? description : marked(description, context),
    cloud_init_supported: cloudInitSupported,
  };
}

export function seenTemplate({ name, description, cloud_init_supported }: Row, context: Context) {
  return { name, description: unmarked(description, context), cloudInitSupported: cloud_init_supported };
}

export function markOnTemplate({ description }: Row, context: Context) {
  return markOn(description, context);
}

/** Why one that stands is not deleted: another stack has taken it over since. */
export function templateStays({ description }: Row, context: Context): string | undefined {
  const other = otherStack(description, context);
  return other && `by its mark it is now one of ${other}`;
}

/** A template is made once. */
export function refusedSource(stands: Pick<Planned, "vm">, wanted: Pick<Planned, "vm">): Failure[] {
  if (stands.vm === wanted.vm) return [];
  const reason = `the template is made, and not again: it was of ${stands.vm}, planned is ${wanted.vm}; put the plan back, or plan another template as a resource of another name`;
  return [{ property: "vm", reason }];
}
