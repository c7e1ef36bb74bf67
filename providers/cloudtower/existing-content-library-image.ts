import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, existingRow, idOf, nameOf } from "./existing";
import { inClusters } from "./library-clusters";

/** An image of the content library. */
export const ExistingContentLibraryImage = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingContentLibraryImage",
    doc: "An ISO image of the content library, by `POST /v2/api/get-content-library-images`; of a cluster's, one that it is given to.",
    plural: "content library images",
    path: pathTo`/get-content-library-images`,
    row: existingRow.extend({ path: z.string(), size: z.int(), clusters: inClusters }),
    inCluster: (cluster) => ({ clusters_some: { id: cluster } }),
    outputs: z.strictObject({
      imageId: idOf("image"),
      imageName: nameOf("image"),
      clusters: z.array(z.string()).describe("ids of the clusters that it is given to"),
      path: z.string().describe("path of the image"),
      size: z.int().describe("bytes"),
    }),
    outputsOf: ({ id: imageId, name: imageName, clusters, path, size }) => ({
      imageId,
      imageName,
      clusters: (clusters ?? []).map(({ id }) => id),
      path,
      size,
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), name: "debian.iso" } },
  }),
);
