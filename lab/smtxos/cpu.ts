import { z } from "zod";
import type { Operation } from "../operation";
import { envelope, failure } from "./envelope";
import { inSession, unauthorised } from "./session";

/** What suits the processors of the captures, AMD EPYC 7K62. */
const RECOMMENDED = ["EPYC"];

const modelSchema = z.strictObject({ cpu_model: z.string() });

/** CPU compatibility of the cluster. */
export const cpuOperations: Operation[] = [
  {
    id: "readRecommendedCpuModels",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/elf/cluster_recommended_cpu_models",
    write: false,
    source: "facts, part A 3.10",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) => inSession(site, call, () => envelope({ cpu_models: RECOMMENDED })),
  },
  {
    id: "setCpuCompatibility",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/elf/cluster_cpu_compatibility",
    write: true,
    source: "facts, part A 3.10",
    assumed: "the answer, an empty envelope; EINVAL for a model that is not recommended",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, () => {
        const body = modelSchema.safeParse(call.body);
        if (!body.success || !RECOMMENDED.includes(body.data.cpu_model))
          return failure("EINVAL", `cpu_model is one of ${RECOMMENDED.join(", ")}`);
        site.change(({ cluster }) => {
          if (cluster) cluster.cpuModel = body.data.cpu_model;
        });
        return envelope({});
      }),
  },
  {
    id: "readCpuCompatibility",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/elf/cluster_cpu_compatibility",
    write: false,
    source: "facts, part A 3.10",
    assumed: "null before one is set",
    switches: [unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) => inSession(site, call, ({ cpuModel }) => envelope({ cpu_model: cpuModel })),
  },
];
