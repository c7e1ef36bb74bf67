import { z } from "zod";
import { envelope, failure, type Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabImage } from "./cluster-model";
import { inSession, missing } from "./session";

/** Bytes (samples). */
const CHUNK = 8_388_608;

const sizeSchema = z.coerce.number().int().min(1);
const chunkSchema = z.coerce.number().int().min(0);
const fileSchema = z.object({ file: z.object({ size: z.number(), sha256: z.string() }) });

/** The image of the virtual machines' tools (SVT), which is uploaded in chunks. The lab keeps their digests alone. */
export const svtOperations: Operation[] = [
  {
    id: "createSvtVolume",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/svt_image/create_volume",
    write: true,
    source: "runbook stage 03 上传虚拟机工具（SVT）: name and size in the query; to_upload: facts, part B 5B 13",
    assumed: "EINVAL; two volumes may have one name",
    switches: ["unauthorised"],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, () => {
        const name = call.query.get("name");
        const size = sizeSchema.safeParse(call.query.get("size"));
        if (!name || !size.success) return failure("EINVAL", "the query needs a name, and a size in bytes");
        const image: LabImage = {
          uuid: site.id(`image ${name}`),
          volume: site.id(`volume ${name}`),
          name,
          size: size.data,
          chunkSize: CHUNK,
          chunks: {},
          createdAt: site.now,
        };
        site.change((model) => {
          model.cluster?.images.push(image);
        });
        return envelope({
          chunk_size: CHUNK,
          image_path: pathOf(image),
          image_uuid: image.uuid,
          to_upload: missingChunks(image),
          zbs_volume_id: image.volume,
        });
      }),
  },
  {
    id: "uploadSvtChunk",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/svt_image/upload_template",
    write: true,
    source:
      "runbook stage 03 上传虚拟机工具（SVT）: zbs_volume_id, chunk_num and image_uuid in the query, a form with file; the answer: runbook stage 04 第二步 (/api/v2/images/upload); any chunk may come again: facts, part B 5B 13",
    assumed:
      "EINVAL for a chunk that is not as long as it must be; ENOTFOUND; a chunk that comes again replaces the one before",
    switches: ["missingObject", "unauthorised"],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, ({ images }) => {
        const { query } = call;
        const image = images.find(({ uuid }) => uuid === query.get("image_uuid"));
        if (!image || image.volume !== query.get("zbs_volume_id"))
          return missing(site, `image ${query.get("image_uuid")} on volume ${query.get("zbs_volume_id")}`);
        const number = chunkSchema.safeParse(query.get("chunk_num"));
        const form = fileSchema.safeParse(call.body);
        if (!number.success || number.data >= chunkCount(image))
          return failure("EINVAL", `chunk_num is a number from 0 to ${chunkCount(image) - 1}`);
        if (!form.success) return failure("EINVAL", "a chunk comes as file in a form (multipart/form-data)");
        const { size, sha256 } = form.data.file;
        const wanted = chunkLength(image, number.data);
        if (size !== wanted) return failure("EINVAL", `chunk ${number.data} has ${size} bytes instead of ${wanted}`);
        site.change(({ cluster }) => {
          const kept = cluster?.images.find(({ uuid }) => uuid === image.uuid);
          if (kept && !call.chunkLost) kept.chunks[number.data] = { size, sha256 };
        });
        const now = site.model.cluster?.images.find(({ uuid }) => uuid === image.uuid) ?? image;
        return envelope({ chunk_num: number.data, to_upload: missingChunks(now) });
      }),
  },
  {
    id: "listImages",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/images",
    write: false,
    source: "runbook stage 04 检查是否已经存在iso: data.images",
    assumed:
      "that images of the tools are among them; resource_state creating while chunks are missing; md5 null, because the lab keeps no bytes",
    switches: ["svtListed", "unauthorised"],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, ({ images }) =>
        envelope({ images: images.filter((image) => isListed(site, image)).map(shownImage) }),
      ),
  },
  {
    id: "deleteImage",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v2/images/{image}",
    write: true,
    source: "runbook stage 04 删除该上传卷; also for images of the tools: facts, part A 3.9",
    assumed: "the answer's data, empty; ENOTFOUND",
    switches: ["missingObject", "unauthorised"],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, ({ images }) => {
        const uuid = call.params["image"];
        if (!images.some((image) => image.uuid === uuid)) return missing(site, `image ${uuid}`);
        site.change(({ cluster }) => {
          if (cluster) cluster.images = cluster.images.filter((image) => image.uuid !== uuid);
        });
        return envelope({});
      }),
  },
];

function chunkCount({ size, chunkSize }: LabImage): number {
  return Math.ceil(size / chunkSize);
}

/** Bytes of a chunk: all but the last are whole. */
function chunkLength({ size, chunkSize }: LabImage, number: number): number {
  return Math.min(chunkSize, size - number * chunkSize);
}

export function missingChunks(image: LabImage): number[] {
  return [...Array(chunkCount(image)).keys()].filter((number) => !image.chunks[number]);
}

function isListed({ switches: { svtListed } }: SiteState, image: LabImage): boolean {
  return svtListed === "always" || (svtListed === "finished" && missingChunks(image).length === 0);
}

export function pathOf({ uuid }: LabImage): string {
  return `/usr/share/smartx/images/vmtools/${uuid}`;
}

function shownImage(image: LabImage) {
  return {
    description: "",
    file_name: image.uuid,
    md5: null,
    name: image.name,
    os: null,
    path: pathOf(image),
    resource_state: missingChunks(image).length === 0 ? "in-use" : "creating",
    size: image.size,
    // Seconds.
    time: Math.floor(image.createdAt / 1_000),
    type: "ISO_IMAGE",
    uuid: image.uuid,
    vm_snapshots_count: 0,
    vm_templates_count: 0,
    vms_count: 0,
    zbs_volume_id: image.volume,
  };
}
