import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { sizeOf } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { beginUpload, goOnUploading, idOf, isUploading, knownByJournal, volumeInState, volumeOf } from "./image-upload";
import { deleteImage, type ImageCalls, listImages } from "./images";
import { orUnread } from "./unread";

const inputs = z.strictObject({
  connection: connectionSchema,
  name: replaces(z.string().min(1)).describe("name of the image: the file's, SMTX_VMTOOLS-<version>.iso"),
  size: replaces(z.int().min(1)).describe("bytes of the file"),
  file: z.string().min(1).describe("where the file lies, from the project's folder; read while it is uploaded alone"),
});
type Inputs = z.output<typeof inputs>;

/** The image of the virtual machines' tools (SVT). */
export const SvtImage = defineResource({
  type: "smtxos:SvtImage",
  sort: "object",
  doc: "The image of the virtual machines' tools (SVT): a volume by `POST /api/v2/svt_image/create_volume`, then the file in chunks by `POST /api/v2/svt_image/upload_template`, as the site asks for them (runbook, stage 03 上传虚拟机工具). An upload that was cut goes on where it was. Whether `GET /api/v2/images` shows such an image is not documented; where it does not, the image cannot be observed and no drift is claimed.",
  inputs,
  outputs: z.strictObject({
    uuid: z.string().describe("image_uuid"),
    volume: z.string().describe("zbs_volume_id"),
    listed: z.boolean().describe("whether the site's list of images shows it"),
  }),
  example: {
    args: {
      name: "SMTX_VMTOOLS-3.2.1-1.iso",
      size: sizeOf("media/SMTX_VMTOOLS-3.2.1-1.iso"),
      file: "media/SMTX_VMTOOLS-3.2.1-1.iso",
    },
  },
  key: ({ name }) => name,
  timeouts: { create: 60 * 60_000, update: 60 * 60_000 },

  async find(context, { name }) {
    const listed = (await listImages(context)).filter((image) => image.name === name);
    if (listed.length > 0) return listed.map((image) => ({ id: idOf(image) }));
    return knownByJournal(context);
  },

  create: (context, wanted) => beginUpload(context, { ...wanted, calls: callsOf(wanted) }),

  async sync(context, id, wanted, prior) {
    if (prior) return { uuid: prior.uuid, volume: prior.volume, listed: prior.listed };
    const volume = volumeOf(id);
    if (isUploading(context)) await goOnUploading(context, volume, { ...wanted, calls: callsOf(wanted) });
    const listed = (await listImages(context)).some(({ image }) => image === volume.image);
    context.checkpoint(idOf(volume), { listed });
    if (!listed) sayUnobserved(context, wanted.name);
    return { uuid: volume.image, volume: volume.volume, listed };
  },

  async read(context, id, prior) {
    const { image, volume } = volumeInState(id, prior);
    return orUnread(prior.name, async () => {
      const seen = (await listImages(context)).find((each) => each.image === image);
      if (seen) {
        const { name, size } = seen;
        // Of one that is half made the size is no drift: it is made anew if the file's is another.
        const isWhole = prior.uuid !== undefined || !isUploading(context);
        return {
          inputs: isWhole && size !== undefined ? { name, size } : { name },
          outputs: { uuid: image, volume, listed: true },
        };
      }
      if (prior.listed) return undefined;
      const unread = prior.uuid !== undefined ? { unread: prior.name } : {};
      return { inputs: {}, outputs: { uuid: image, volume }, ...unread };
    });
  },

  async delete(context, id, prior) {
    await deleteImage(context, volumeInState(id, prior).image, prior.name);
    return "gone";
  },
});

function callsOf({ name, size }: Inputs): ImageCalls {
  return {
    volume: { path: pathTo`/api/v2/svt_image/create_volume`, query: { name, size } },
    chunk: pathTo`/api/v2/svt_image/upload_template`,
  };
}

/** Said where the list of images does not show the tools'. */
function sayUnobserved(context: Context, name: string): void {
  context.info(`the site's list of images does not show ${name}; drift of it cannot be seen`);
}
