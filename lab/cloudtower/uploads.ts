import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabImage } from "../smtxos/cluster-model";
import { pathOf } from "../smtxos/image-upload";
import { mountedImage } from "../smtxos/images";
import { nextLun } from "../smtxos/luns";
import { oneOf } from "../switch";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { clusterOf, given } from "./keep";
import { changeable, changeOwned, ownedIn } from "./owned";
import { parsed, Refused, rest } from "./rest";
import { type Entry, entry } from "./row";
import { standingIn } from "./standing";
import { rowOf } from "./tables";
import { iso } from "./time";
import type { LabTower, LabTowerCluster, LabUpload } from "./tower-model";
import { siteOf } from "./tower-site";
import { bytes, unit } from "./units";

export const towerChunkSize = oneOf(
  "towerChunkSize",
  [4_194_304, 8_388_608],
  "`chunk_size` of an upload to CloudTower, bytes.",
  "4 MiB in the samples of another upload to CloudTower (facts, part A 9); no document says what it is of an image, nor how long the first chunk is, which leaves before anybody has told",
);

export const currentChunk = oneOf(
  "currentChunk",
  ["next", "taken"],
  "`current_chunk` of an upload to CloudTower: the number of the next chunk, counted from 1, or how many have been taken.",
  "an upload is begun with current_chunk 1 (facts, part A 9); what it counts later on is not documented",
);

export const uploadArgs = oneOf(
  "uploadArgs",
  ["told", "empty"],
  "Whether `args` of an upload to CloudTower tell what it was begun with.",
  "an object without fields in the vendor's schema; a client gives name and package_name for another upload (facts, part A 9)",
);

export const sameElfImage = oneOf(
  "sameElfImage",
  ["made", "refused"],
  "A second ISO image of one name in a cluster, uploaded through CloudTower.",
  "whether two images of a cluster may have one name",
);

const fileSchema = z.object({ size: z.int().min(1), sha256: z.string() });
/** What the first chunk of every kind of upload comes with. */
const beginSchema = z.looseObject({
  file: fileSchema,
  name: z.string().min(1),
  size: z.coerce.number().int().min(1),
  size_unit: unit,
  description: z.string().default(""),
});
const nextSchema = z.looseObject({ file: fileSchema, upload_task_id: z.string().min(1) });
const elfSchema = beginSchema.extend({ cluster_id: z.string() });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({
  data: z.looseObject({ name: z.string().min(1), description: z.string() }).partial(),
});

const SCHEMA = "the vendor's schema";

/** What an upload becomes, of one kind. */
export interface UploadKind {
  type: NonNullable<LabUpload["type"]>;
  /** What is asked for, checked; `call` is the first one of the upload. */
  begin(site: SiteState, tower: LabTower, call: Call): Pick<LabUpload, "cluster"> & Partial<LabUpload>;
  /** Puts it where it belongs, once all has come. */
  put(site: SiteState, tower: LabTower, upload: LabUpload): void;
}

const elfImages: UploadKind = {
  type: "ELF_IMAGE",
  begin(site, tower, call) {
    const { cluster_id, name } = parsed(elfSchema, call.body);
    const cluster = clusterOf(tower, cluster_id);
    checkName(site, cluster, name);
    return { cluster: cluster.id };
  },
  put: (site, tower, upload) => void putImage(site, clusterOf(tower, upload.cluster), upload),
};

/** Takes a chunk: the first of an upload, which begins it, or the next of the one that the form names. */
export function uploadCall(kind: UploadKind) {
  return (site: SiteState, tower: LabTower, call: Call) => {
    const next = nextSchema.safeParse(call.body);
    const id = next.success ? takeNext(site, tower, call, kind, next.data) : begin(site, tower, call, kind);
    return { status: 200, body: [rowOf(site, site.model.cloudtower as LabTower, "UploadTask", id)] };
  };
}

export const APPENDS =
  "the first call brings the first chunk, every other the next one, whatever its number; what comes is appended, 400 for one that is not as long as it must be, but for the first; an upload whose bytes are not as many as its size fails at its end";

/** ISO images that are uploaded through CloudTower. */
export const uploadOperations: Operation[] = [
  rest({
    id: "uploadElfImage",
    path: "/upload-elf-image",
    write: true,
    source: `${SCHEMA}: a form with the file's part, answered with the upload task; facts, delivery: without upload_task_id at first, with it afterwards`,
    assumed: `${APPENDS}; the image stands in the cluster, whole, once the last chunk has come; 404 for a cluster or an upload that is not there, 400 for an upload that has ended`,
    switches: [towerChunkSize, currentChunk, uploadArgs, sameElfImage],
    example: {
      when: "makes",
      request: ({ idOf }: ExampleSite) => ({
        file: { filename: "linux.iso", size: 1_000, sha256: "0".repeat(64) },
        cluster_id: idOf("Cluster"),
        name: "linux.iso",
        size: "1000",
        size_unit: "B",
      }),
    },
    checkedBy: "lab tests",
    handle: uploadCall(elfImages),
  }),
  rest({
    id: "cancelUploadTask",
    path: "/cancel-upload-task",
    write: true,
    source: `${SCHEMA}: by a condition, answered with ids`,
    assumed:
      "an upload that is cancelled has FAILED, and nothing remains of it; 304 where none that a condition finds goes on",
    example: {
      when: "changes",
      request: ({ idOf }: ExampleSite) => ({ where: { id: idOf("UploadTask") } }),
      status: 304,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const found = foundUploads(site, tower, where).filter(({ status }) => status === "UPLOADING");
      if (found.length === 0) return { status: 304, body: undefined };
      const ids = found.map(({ id }) => id);
      changeUploads(site, ids, (upload) => Object.assign(upload, { status: "FAILED", finishedAt: site.now }));
      return { status: 200, body: ids };
    },
  }),
  rest({
    id: "updateElfImage",
    path: "/update-elf-image",
    write: true,
    source: `${SCHEMA}: an entityAsyncStatus`,
    assumed: "a task; what is left out stays; 400 while another task on the image has not ended",
    switches: [sameElfImage],
    example: {
      when: "changes",
      request: () => ({ where: { name: "linux.iso" }, data: { name: "linux-2.iso", description: "of web servers" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const body = changeable(site, tower, "image", where).map(({ cluster, object }) => {
        if (data.name !== undefined) checkName(site, cluster, data.name, object.uuid);
        const to = given({ name: data.name, description: data.description });
        return changeOwned(site, tower, call, cluster, "image", object, { does: "update", to });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteElfImage",
    path: "/delete-elf-image",
    write: true,
    source: `${SCHEMA}: an entityAsyncStatus`,
    assumed: "a task; 400 for an image that a machine has in its drive, and while another task on it has not ended",
    switches: [mountedImage],
    example: { when: "ends", request: () => ({ where: { name: "linux-2.iso" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, "image", where).map(({ cluster, object }) => {
        const path = pathOf(siteOf(site, cluster), object);
        const holder = standingIn(site, cluster)?.vms.find(({ cdroms }) => cdroms.some((drive) => drive.path === path));
        if (holder && site.switches.of(mountedImage) === "refused")
          throw new Refused(400, `image ${object.name} is mounted in ${holder.name}`);
        return changeOwned(site, tower, call, cluster, "image", object, { does: "delete" });
      });
      return { status: 200, body };
    },
  }),
];

/** The uploads of every cluster. */
export function uploadEntries(site: SiteState, { uploads = [] }: LabTower): Entry[] {
  return uploads.map((upload) =>
    entry({ id: upload.id, resource_type: upload.type ?? "ELF_IMAGE", status: upload.status }, () => ({
      args:
        site.switches.of(uploadArgs) === "told"
          ? { name: upload.name, description: upload.description, cluster_id: upload.cluster }
          : {},
      chunk_size: upload.chunkSize,
      current_chunk: upload.chunks.length + (site.switches.of(currentChunk) === "next" ? 1 : 0),
      finished_at: upload.finishedAt === null ? null : iso(upload.finishedAt),
      size: upload.size,
      started_at: iso(upload.startedAt),
      updatedAt: iso(upload.finishedAt ?? upload.startedAt),
    })),
  );
}

/** Begins an upload with its first chunk; its id. */
function begin(site: SiteState, tower: LabTower, call: Call, kind: UploadKind): string {
  const { name, description, file, size, size_unit } = parsed(beginSchema, call.body);
  const own = { name, description, size: bytes(size, size_unit), ...kind.begin(site, tower, call) };
  const upload = newUpload(site, { type: kind.type, ...own });
  append(site, tower, kind, upload, call, file);
  return upload.id;
}

/** An upload that nothing has come of so far. */
export function newUpload(
  site: SiteState,
  own: Pick<LabUpload, "type" | "cluster" | "name" | "description" | "size"> & Partial<LabUpload>,
): LabUpload {
  const upload: LabUpload = {
    id: site.cuid(`upload ${own.name}`),
    chunkSize: site.switches.of(towerChunkSize),
    chunks: [],
    status: "UPLOADING",
    startedAt: site.now,
    finishedAt: null,
    ...own,
  };
  changeTower(site, (changed) => {
    changed.uploads ??= [];
    changed.uploads.push(upload);
  });
  return upload;
}

/** Takes the next chunk of an upload; its id. */
function takeNext(
  site: SiteState,
  tower: LabTower,
  call: Call,
  kind: UploadKind,
  { upload_task_id: id, file }: z.output<typeof nextSchema>,
) {
  const upload = tower.uploads?.find((each) => each.id === id);
  if (!upload || (upload.type ?? "ELF_IMAGE") !== kind.type) throw new Refused(404, `upload task ${id} is not found`);
  if (upload.status !== "UPLOADING") throw new Refused(400, `upload task ${id} is ${upload.status}`);
  const wanted = Math.min(upload.chunkSize, upload.size - upload.chunks.length * upload.chunkSize);
  if (file.size !== wanted) throw new Refused(400, `the chunk has ${file.size} bytes instead of ${wanted}`);
  append(site, tower, kind, upload, call, file);
  return id;
}

/** What comes is appended; the image stands once it is as many chunks as there are. */
function append(
  site: SiteState,
  tower: LabTower,
  kind: UploadKind,
  upload: LabUpload,
  call: Call,
  file: z.output<typeof fileSchema>,
): void {
  if (call.chunkLost) return;
  const chunks = [...upload.chunks, { size: file.size, sha256: file.sha256 }];
  const isLast = chunks.length >= Math.ceil(upload.size / upload.chunkSize);
  const isWhole = chunks.reduce((sum, { size }) => sum + size, 0) === upload.size;
  const status = !isLast ? "UPLOADING" : isWhole ? "SUCCESSED" : "FAILED";
  changeUploads(site, [upload.id], (kept) =>
    Object.assign(kept, { chunks, status, finishedAt: isLast ? site.now : null }),
  );
  if (status === "SUCCESSED") kind.put(site, tower, { ...upload, chunks });
}

/** Has an upload's image stand in a cluster; the image's uuid. */
export function putImage(
  site: SiteState,
  cluster: LabTowerCluster,
  { name, description, size, chunkSize, chunks }: LabUpload,
  kind: LabImage["kind"] = "iso",
  more: Partial<LabImage> = {},
): string {
  const uuid = site.id(`image ${name} ${cluster.id}`);
  const volume = site.id(`volume ${name} ${cluster.id}`);
  siteOf(site, cluster).change(({ cluster: standing }) => {
    if (!standing) return;
    const parts = Object.fromEntries(chunks.entries());
    const of = { kind, uuid, volume, lun: nextLun(standing), md5: null, createdAt: site.now };
    standing.images.push({ ...of, name, description, size, chunkSize, chunks: parts, ...more });
  });
  return uuid;
}

function checkName(site: SiteState, cluster: LabTowerCluster, name: string, own?: string): void {
  const isTaken = ownedIn(site, cluster, "image").some((image) => image.name === name && image.uuid !== own);
  if (isTaken && site.switches.of(sameElfImage) === "refused") throw new Refused(400, `image ${name} already exists`);
}

function foundUploads(site: SiteState, tower: LabTower, where: object): LabUpload[] {
  const ids = found(site, tower, "UploadTask", where).map(({ id }) => id);
  return (tower.uploads ?? []).filter(({ id }) => ids.includes(id));
}

function changeUploads(site: SiteState, ids: string[], change: (upload: LabUpload) => void): void {
  changeTower(site, ({ uploads = [] }) => {
    for (const upload of uploads) if (ids.includes(upload.id)) change(upload);
  });
}
