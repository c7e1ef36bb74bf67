import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, imageOutputs, imageRow, inCluster, localIdOf, nameOf } from "./existing";

/** An ISO image of a cluster. */
export const ExistingElfImage = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingElfImage",
    doc: "An ISO image of a cluster, by `POST /v2/api/get-elf-images`.",
    plural: "ISO images",
    path: pathTo`/get-elf-images`,
    row: imageRow,
    inCluster,
    outputs: z.strictObject({
      imageId: z.string().describe("id of the image, elf_image_id of a CD-ROM"),
      imageName: nameOf("image"),
      localId: localIdOf("image"),
      path: z.string().describe("path of the image in the cluster"),
      size: z.int().describe("bytes"),
    }),
    outputsOf: imageOutputs,
    example: { args: { cluster: output(ClusterConnection, "clusterId"), name: "cloudtower-v4.6.0.iso" } },
  }),
);
