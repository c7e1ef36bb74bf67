import { z } from "zod";
import { NotFound, TaskFailed } from "../../../providers/kernel/errors";
import { pathTo } from "../../../providers/kernel/path";
import type { Context } from "../../../providers/kernel/resource";
import { sameField } from "../../../providers/kernel/schema";
import { store } from "./client";

const thingSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  zone: z.string(),
  size: z.number(),
  tags: z.array(z.string()),
  text: z.string(),
  secret: z.string(),
  mark: z.string(),
  revision: z.number(),
});
type WireThing = z.output<typeof thingSchema>;

export async function listThings(context: Context, name: string): Promise<WireThing[]> {
  const { data } = await store(context).request({
    operation: `look for thing ${name}`,
    method: "GET",
    path: pathTo`/things`,
    query: { name },
    schema: z.array(thingSchema),
    signal: context.signal,
  });
  return data;
}

/** Undefined when the store says that there is no such thing. */
export async function getThing(context: Context, id: string): Promise<WireThing | undefined> {
  try {
    const { data } = await store(context).request({
      operation: `read thing ${id}`,
      method: "GET",
      path: pathTo`/things/${id}`,
      schema: thingSchema,
      signal: context.signal,
    });
    return data;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Creates a thing and waits for the store's job. Its size, tags and texts are set by an update. */
export async function createThing(context: Context, body: { name: string; zone: string; mark?: string }) {
  const { data } = await store(context).request({
    operation: `create thing ${body.name}`,
    method: "POST",
    path: pathTo`/things`,
    body,
    schema: z.looseObject({ id: z.string(), job: z.string() }),
    signal: context.signal,
  });
  context.checkpoint(data.id);
  await context.wait(`creation of thing ${body.name}`, () => lookAtJob(context, data.job));
  return data.id;
}

async function lookAtJob(context: Context, job: string): Promise<{ done: true } | { pending: string }> {
  const { data } = await store(context).request({
    operation: `look at job ${job}`,
    method: "GET",
    path: pathTo`/jobs/${job}`,
    schema: z.looseObject({ state: z.string(), progress: z.number(), error: z.string().optional() }),
    signal: context.signal,
  });
  if (data.state === "failed") throw new TaskFailed(`${context.label}: job ${job} failed: ${data.error}`);
  return data.state === "done" ? { done: true } : { pending: `${data.state}, ${data.progress} %` };
}

/** Brings a thing that stands to its inputs: writes what differs by meaning, and nothing when nothing does. */
export async function syncThing(
  context: Context,
  id: string,
  schema: z.ZodObject,
  wanted: { zone: string; size: number; tags: string[]; text?: string; secret?: string },
): Promise<{ revision: number }> {
  const stands = await getThing(context, id);
  if (!stands) throw new NotFound(`${context.label} stands no more (id ${id})`, "run pulumi refresh, then up");
  const differing = (["size", "tags", "text", "secret"] as const).filter(
    (field) => wanted[field] !== undefined && !sameField(schema, field, stands[field], wanted[field]),
  );
  if (differing.length === 0) return { revision: stands.revision };
  context.progress(`setting ${differing.join(", ")}`);
  const { data } = await store(context).request({
    operation: `update thing ${stands.name}`,
    method: "PUT",
    path: pathTo`/things/${id}`,
    body: Object.fromEntries(differing.map((field) => [field, wanted[field]])),
    schema: thingSchema,
    signal: context.signal,
  });
  return { revision: data.revision };
}

export async function deleteThing(context: Context, id: string): Promise<"gone"> {
  await store(context).request({
    operation: `delete thing ${id}`,
    method: "DELETE",
    path: pathTo`/things/${id}`,
    answer: "text",
    signal: context.signal,
  });
  return "gone";
}
