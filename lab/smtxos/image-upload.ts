import { createHash } from "node:crypto";
import { z } from "zod";
import type { Answer, Call } from "../operation";
import type { SiteState } from "../site-state";
import type { LabImage } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { md5Fed } from "./image-md5";
import { nextLun } from "./luns";
import { inSession, missing } from "./session";

/** Bytes (samples). */
const CHUNK = 8_388_608;

export const sizeSchema = z.coerce.number().int().min(1);
const chunkSchema = z.coerce.number().int().min(0);
const fileSchema = z.object({ file: z.object({ size: z.number(), sha256: z.string() }) });

/** Makes the empty volume of an image, and answers with it (runbook, stages 03 and 04: one shape). */
export function makeVolume(site: SiteState, spec: Pick<LabImage, "kind" | "name" | "description" | "size">): Answer {
  const image: LabImage = {
    ...spec,
    uuid: site.id(`image ${spec.name}`),
    volume: site.id(`volume ${spec.name}`),
    lun: 0,
    chunkSize: CHUNK,
    chunks: {},
    md5: null,
    createdAt: site.now,
  };
  site.change(({ cluster }) => {
    if (!cluster) return;
    image.lun = nextLun(cluster);
    cluster.images.push(image);
  });
  return envelope({
    chunk_size: CHUNK,
    image_path: pathOf(site, image),
    image_uuid: image.uuid,
    to_upload: missingChunks(image),
    zbs_volume_id: image.volume,
  });
}

/** Takes a chunk of an image of this kind, and answers with what is still missing. */
export function takeChunk(site: SiteState, call: Call, kind: LabImage["kind"]): Answer {
  return inSession(site, call, ({ images }) => {
    const { query } = call;
    const image = images.find((each) => each.kind === kind && each.uuid === query.get("image_uuid"));
    if (!image || image.volume !== query.get("zbs_volume_id"))
      return missing(site, `image ${query.get("image_uuid")} on volume ${query.get("zbs_volume_id")}`);
    const number = chunkSchema.safeParse(query.get("chunk_num"));
    const form = fileSchema.safeParse(call.body);
    if (!number.success || number.data >= chunkCount(image))
      return failure("EINVAL", `chunk_num is a number from 0 to ${chunkCount(image) - 1}`);
    if (!form.success) return failure("EINVAL", "a chunk comes as file in a form (multipart/form-data)");
    const { size, sha256, bytes } = arrived(call, form.data.file);
    const wanted = chunkLength(image, number.data);
    if (size !== wanted) return failure("EINVAL", `chunk ${number.data} has ${size} bytes instead of ${wanted}`);
    site.change(({ cluster }) => {
      const kept = cluster?.images.find(({ uuid }) => uuid === image.uuid);
      if (!kept || call.chunkLost) return;
      // Of the tools' images no document shows an MD5.
      if (kind === "iso") kept.md5 = md5Fed(site, kept, chunkCount(kept), number.data, { sha256, bytes });
      kept.chunks[number.data] = { size, sha256 };
    });
    const now = site.model.cluster?.images.find(({ uuid }) => uuid === image.uuid) ?? image;
    return envelope({ chunk_num: number.data, to_upload: missingChunks(now) });
  });
}

/** A chunk as it is kept: as it came, or by a fault with its first byte turned. */
function arrived({ file, chunkSpoilt }: Call, { size, sha256 }: { size: number; sha256: string }) {
  if (!chunkSpoilt || !file) return { size, sha256, bytes: file };
  const bytes = Uint8Array.from(file, (byte, index) => (index === 0 ? byte ^ 0xff : byte));
  return { size, sha256: createHash("sha256").update(bytes).digest("hex"), bytes };
}

function chunkCount({ size, chunkSize }: LabImage): number {
  return Math.ceil(size / chunkSize);
}

/** Bytes of a chunk: all but the last are whole. */
function chunkLength({ size, chunkSize }: LabImage, number: number): number {
  return Math.min(chunkSize, size - number * chunkSize);
}

function missingChunks(image: LabImage): number[] {
  return [...Array(chunkCount(image)).keys()].filter((number) => !image.chunks[number]);
}

export function isWhole(image: LabImage): boolean {
  return missingChunks(image).length === 0;
}

/** Where an image lies, as the samples of its kind show it. */
export function pathOf(site: SiteState, { kind, uuid, lun }: LabImage): string {
  return kind === "tools" ? `/usr/share/smartx/images/vmtools/${uuid}` : iscsiPath(site, lun);
}

export function iscsiPath(site: SiteState, lun: number): string {
  return `iscsi://iqn.2016-02.com.smartx:system:zbs-iscsi-datastore-${site.fixedId("datastore")}/${lun}`;
}
