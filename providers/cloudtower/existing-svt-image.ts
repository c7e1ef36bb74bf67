import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, imageOutputs, imageRow, inCluster, localIdOf, nameOf } from "./existing";

/** An image of the virtual machines' tools. */
export const ExistingSvtImage = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingSvtImage",
    doc: "An image of the virtual machines' tools (SVT) of a cluster, by `POST /v2/api/get-svt-images`.",
    plural: "images of tools",
    path: pathTo`/get-svt-images`,
    row: imageRow.extend({ version: z.int() }),
    inCluster,
    outputs: z.strictObject({
      imageId: z.string().describe("id of the image, svt_image_id of a CD-ROM"),
      imageName: nameOf("image"),
      localId: localIdOf("image"),
      path: z.string().describe("path of the image in the cluster"),
      size: z.int().describe("bytes"),
      version: z.int().describe("version of the tools, as a number of CloudTower's"),
    }),
    outputsOf: (image) => ({ ...imageOutputs(image), version: image.version }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), name: "SMTX_VMTOOLS-3.2.1-1.iso" } },
  }),
);
