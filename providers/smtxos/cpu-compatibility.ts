import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { fisheye } from "./client";
import { readSetting, writeSetting } from "./setting";

const PATH = pathTo`/api/v2/elf/cluster_cpu_compatibility`;

/** The CPU model that the cluster's virtual machines see, so that they can move between its hosts. */
export const CpuCompatibility = defineResource({
  type: "smtxos:CpuCompatibility",
  sort: "setting",
  doc: "The CPU model of the cluster's virtual machines, by `PUT /api/v2/elf/cluster_cpu_compatibility` (facts, part A 3.10). Left to the site, it is the first that `GET /api/v2/elf/cluster_recommended_cpu_models` names.",
  inputs: z.strictObject({
    connection: connectionSchema,
    model: z.string().min(1).optional().describe("CPU model as the vendor names it; the recommended one unless set"),
  }),
  outputs: z.strictObject({ cpuModel: z.string().describe("the model that stands") }),
  example: { args: { model: "EPYC" } },
  key: ({ connection }) => connection.name,

  async sync(context, { model }) {
    const wanted = model ?? (await recommended(context));
    const seen = await stands(context);
    if (seen?.cpuModel === wanted) return { cpuModel: wanted };
    context.progress(`setting the CPU model to ${wanted}`);
    await writeSetting(context, { what: whatOf(context), path: PATH, body: { cpu_model: wanted } });
    if (!seen) return { cpuModel: wanted };
    await context.wait(
      `the change of ${whatOf(context)} to ${wanted}`,
      async () => {
        const now = await stands(context);
        return now?.cpuModel === wanted ? { done: true } : { pending: now?.cpuModel ?? "none" };
      },
      { interval: 1_000, cap: 5_000 },
    );
    return { cpuModel: wanted };
  },

  async read(context, _id, prior) {
    const seen = await stands(context);
    // A model that nobody has chosen may follow the site's own recommendation.
    if (!seen) return { inputs: {}, outputs: {}, ...(prior.model !== undefined && { unread: whatOf(context) }) };
    const { cpuModel } = seen;
    return { inputs: prior.model === undefined ? {} : { model: cpuModel }, outputs: { cpuModel: cpuModel ?? "" } };
  },
});

/** Undefined where the site has no call to read it. */
async function stands(context: Context): Promise<{ cpuModel: string | undefined } | undefined> {
  const schema = z.looseObject({ cpu_model: z.string().nullable() });
  const data = await readSetting(context, { what: whatOf(context), path: PATH, schema });
  return data && { cpuModel: data.cpu_model || undefined };
}

async function recommended(context: Context): Promise<string> {
  const { data } = await fisheye(context).request({
    operation: `ask ${context.connection.name} for the CPU models that it recommends`,
    method: "GET",
    path: pathTo`/api/v2/elf/cluster_recommended_cpu_models`,
    schema: z.looseObject({ cpu_models: z.array(z.string()).nullish() }),
    signal: context.signal,
  });
  const [first] = data.cpu_models ?? [];
  if (first) return first;
  throw new PlanConflict(
    `${context.connection.name} recommends no CPU model for its hosts`,
    "name the model yourself (stack setting cpuModel)",
  );
}

function whatOf({ connection }: Context): string {
  return `the CPU model of ${connection.name}`;
}
