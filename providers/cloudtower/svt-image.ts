import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output, sha256Of, sizeOf } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { imageRow } from "./existing";
import { clusterImageOutputs, imageFileInputs } from "./image-inputs";
import { uploadedImage } from "./uploaded-image";

/** An image of the virtual machines' tools that CloudTower is given. */
export const SvtImage = defineResource(
  uploadedImage({
    type: "cloudtower:SvtImage",
    doc: "An image of the virtual machines' tools (SVT) of a cluster, uploaded through CloudTower by `POST /v2/api/upload-svt-image` (the vendor's schema), as `cloudtower:ElfImage` is. Known by its name and its size in its cluster: CloudTower has no field for a mark. One that stands already is taken with a warning. CloudTower has no call that changes or deletes one: a change uploads another, and what was uploaded stays when the resource goes, with a warning. Where there is no CloudTower yet, `smtxos:SvtImage` uploads by Fisheye, which deletes it too.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: replaces(z.string().min(1)).describe("name of the image; a change uploads another"),
      version: replaces(z.int().min(0))
        .optional()
        .describe("version of the tools, as a number of CloudTower's; a change uploads another"),
      ...imageFileInputs,
    }),
    outputs: clusterImageOutputs("svt_image_id"),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "SMTX_VMTOOLS-4.0.0.iso",
        size: sizeOf("media/linux.iso"),
        sha256: sha256Of("media/linux.iso"),
        file: "media/linux.iso",
      },
    },
    parents: ["cluster"],
    list: { what: "images of tools", path: pathTo`/get-svt-images`, row: imageRow.extend({ version: z.int() }) },
    within: ({ cluster }) => ({ cluster: { id: cluster } }),
    source: ({ cluster, version, name, size, sha256, file }) => ({
      ...{ name, size, sha256, file },
      resourceType: "SVT_IMAGE",
      path: pathTo`/upload-svt-image`,
      fields: { cluster_id: cluster, ...(version !== undefined && { version: String(version) }) },
    }),
    outputsOf: ({ id: imageId, local_id: localId, path }) => ({ imageId, localId, path }),
    paths: {},
    otherwise: "the cluster's own API does (Fisheye, DELETE /api/v2/images)",
  }),
);
