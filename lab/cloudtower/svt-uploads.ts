import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Operation } from "../operation";
import { clusterOf } from "./keep";
import { parsed, rest } from "./rest";
import { APPENDS, currentChunk, putImage, towerChunkSize, type UploadKind, uploadArgs, uploadCall } from "./uploads";

const beginSchema = z.looseObject({
  cluster_id: z.string(),
  version: z.coerce.number().int().min(0).optional(),
});

const uploaded: UploadKind = {
  type: "SVT_IMAGE",
  begin(_site, tower, call) {
    const { cluster_id, version } = parsed(beginSchema, call.body);
    return { cluster: clusterOf(tower, cluster_id).id, ...(version !== undefined && { version }) };
  },
  put: (site, tower, upload) => {
    const { version } = upload;
    putImage(site, clusterOf(tower, upload.cluster), upload, "tools", version === undefined ? {} : { version });
  },
};

/** Images of the machines' tools; the vendor's schema has no call that changes or deletes one. */
export const svtUploadOperations: Operation[] = [
  rest({
    id: "uploadSvtImage",
    path: "/upload-svt-image",
    write: true,
    source:
      "the vendor's schema: a form with the file's part, answered with the upload task; version is a text here, and a number in the list",
    assumed: `as /upload-elf-image: ${APPENDS}; two may have one name; version is a number`,
    switches: [towerChunkSize, currentChunk, uploadArgs],
    example: {
      when: "makes",
      request: ({ idOf }: ExampleSite) => ({
        file: { filename: "SMTX_VMTOOLS.iso", size: 1_000, sha256: "0".repeat(64) },
        cluster_id: idOf("Cluster"),
        name: "SMTX_VMTOOLS.iso",
        size: "1000",
        size_unit: "B",
        version: "3",
      }),
    },
    checkedBy: "lab tests",
    handle: uploadCall(uploaded),
  }),
];
