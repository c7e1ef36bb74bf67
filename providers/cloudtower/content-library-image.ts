import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output, sha256Of, sizeOf } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet, replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { imageFileInputs } from "./image-inputs";
import { giveToClusters, type InClusters, inClusters, shownClusters, takeFromClusters } from "./library-clusters";
import { sharedSchema } from "./shared";
import { settledRow } from "./tower-object";
import { uploadedImage } from "./uploaded-image";
import { marked, unmarked } from "./vm-mark";

const list = {
  what: "content library images",
  path: pathTo`/get-content-library-images`,
  row: z.looseObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    size: z.int(),
    path: z.string(),
    clusters: inClusters,
    entityAsyncStatus: z.string().nullish(),
  }),
};

const given: InClusters = {
  noun: "image",
  distribute: pathTo`/distribute-content-library-image-clusters`,
  remove: pathTo`/remove-content-library-image-clusters`,
};

const inputs = z
  .strictObject({
    connection: cloudtowerConnection,
    name: z.string().min(1).describe("name of the image; changed in place"),
    description: z.string().trim().default("").describe("free text, before the mark; changed in place"),
    clusters: asSet(z.array(z.string().min(1)).min(1)).describe(
      "ids of the clusters that it is given to; changed in place",
    ),
    size: imageFileInputs.size.optional(),
    sha256: imageFileInputs.sha256,
    file: imageFileInputs.file.optional(),
    url: replaces(z.url({ protocol: /^https?$/ }))
      .optional()
      .describe("where CloudTower gets it from by itself, instead of a file that is uploaded; a change replaces"),
    shared: sharedSchema,
  })
  .superRefine(({ size, sha256, file, url }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((file === undefined) === (url === undefined))
      refuse("file", "either file or url says where the image comes from");
    if (file !== undefined && size === undefined) refuse("size", "of a file that is uploaded the plan has the size");
    if (url !== undefined && (size ?? sha256) !== undefined)
      refuse("url", "what CloudTower gets by itself has neither size nor sha256 in the plan: nothing compares them");
    if (url !== undefined && /^[^/]*\/\/[^/]*@/.test(url)) refuse("url", "name and password do not belong in it");
  });
type Inputs = z.output<typeof inputs>;

const described = ({ description, shared }: Inputs, context: Context) =>
  shared ? description : marked(description, context);

/** An ISO image of the content library, which clusters are given. */
export const ContentLibraryImage = defineResource(
  uploadedImage({
    type: "cloudtower:ContentLibraryImage",
    doc: "An ISO image of the content library, given to clusters: uploaded by `POST /v2/api/upload-content-library-image`, as `cloudtower:ElfImage` is, or fetched by CloudTower from a URL by `/import-content-library-image` (the vendor's schema). Each of its clusters shows it among its ISO images. Known by its name, the size of its file and the mark in its description. Clusters are added and taken out in place (`distribute-` and `remove-content-library-image-clusters`). One of the same name and size that stands already is taken with a warning: its name, its description and its other clusters stay as they are, and it is left when the resource goes.",
    inputs,
    outputs: z.strictObject({
      imageId: z.string().describe("id of the image in CloudTower, content_library_image_id of a CD-ROM"),
      path: z.string().describe("path of the image"),
      taken: z.boolean().describe("whether it stood already and was not uploaded by this stack"),
    }),
    example: {
      args: {
        name: "debian.iso",
        description: "Debian",
        clusters: [output(ClusterConnection, "clusterId")],
        size: sizeOf("media/linux.iso"),
        sha256: sha256Of("media/linux.iso"),
        file: "media/linux.iso",
      },
      changed: { description: "of web servers" },
    },
    list,
    within: () => ({}),
    source(wanted, context) {
      const { name, clusters, size, sha256, file = "", url } = wanted;
      const description = described(wanted, context);
      const resourceType = "CONTENT_LIBRARY_IMAGE";
      const [first = ""] = clusters;
      if (url !== undefined)
        return {
          ...{ name, url, resourceType },
          path: pathTo`/import-content-library-image`,
          body: { data: { url, name, description, cluster: { id: first } } },
        };
      return {
        ...{ name, size: size as number, sha256, file, resourceType },
        path: pathTo`/upload-content-library-image`,
        fields: { description },
        // A text in the vendor's schema, and no document says what it holds: the condition of all other calls, or an id.
        always: [{ clusters: JSON.stringify({ id_in: clusters }) }, { clusters: first }],
      };
    },
    described,
    isShared: ({ shared }) => shared,
    seen: (row, context, { clusters, shared }, taken) => ({
      ...(!taken && { description: unmarked(row.description, context) }),
      ...(row.clusters && { clusters: shownClusters(row, clusters, shared || taken) }),
    }),
    outputsOf: ({ id: imageId, path }) => ({ imageId, path }),
    async apart(context, { id, name }, { clusters, shared }, taken) {
      const settled = () => settledRow(context, list, id, `image ${name}`);
      // Into the new ones first: it must be in one at any time.
      const before = await settled();
      if (before) await giveToClusters(context, given, before, clusters);
      // Those of others are theirs.
      const after = shared || taken ? undefined : await settled();
      if (after) await takeFromClusters(context, given, after, clusters);
    },
    paths: { update: pathTo`/update-content-library-image`, delete: pathTo`/delete-content-library-image` },
  }),
);
