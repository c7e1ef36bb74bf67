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
import { marked, unmarked } from "./vm-mark";

/** An ISO image of a cluster that CloudTower is given. */
export const ElfImage = defineResource(
  uploadedImage({
    type: "cloudtower:ElfImage",
    doc: "An ISO image of a cluster, uploaded through CloudTower by `POST /v2/api/upload-elf-image` (the vendor's schema): one chunk after another, each once, since CloudTower appends what comes; `/get-upload-tasks` tells how far it is. An upload that was cut goes on where it was. Known by its name, its size and the mark in its description (`[sitewright:project/stack/resource]`). One of the same name and size that stands already is not uploaded again: it is taken with a warning, since CloudTower tells nothing of its bytes, and left where it is when the resource goes. Where there is no CloudTower yet, `smtxos:IsoImage` uploads by Fisheye.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the image; changed in place"),
      description: z.string().trim().default("").describe("free text, before the mark; changed in place"),
      ...imageFileInputs,
    }),
    outputs: clusterImageOutputs("elf_image_id"),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "linux.iso",
        size: sizeOf("media/linux.iso"),
        sha256: sha256Of("media/linux.iso"),
        file: "media/linux.iso",
      },
      changed: { name: "linux-9.iso", description: "of web servers" },
    },
    parents: ["cluster"],
    list: { what: "ISO images", path: pathTo`/get-elf-images`, row: imageRow.extend({ description: z.string() }) },
    within: ({ cluster }) => ({ cluster: { id: cluster } }),
    source: ({ cluster, description, name, size, sha256, file }, context) => ({
      ...{ name, size, sha256, file },
      resourceType: "ELF_IMAGE",
      path: pathTo`/upload-elf-image`,
      fields: { cluster_id: cluster, description: marked(description, context) },
    }),
    described: ({ description }, context) => marked(description, context),
    seen: ({ description }, context, _prior, taken) => (taken ? {} : { description: unmarked(description, context) }),
    outputsOf: ({ id: imageId, local_id: localId, path }) => ({ imageId, localId, path }),
    paths: { update: pathTo`/update-elf-image`, delete: pathTo`/delete-elf-image` },
  }),
);
