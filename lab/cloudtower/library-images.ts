import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { pathOf } from "../smtxos/image-upload";
import { oneOf } from "../switch";
import { changeTower } from "./change-tower";
import { BUSY } from "./cluster-change";
import { imageId } from "./elf-rows";
import { found } from "./found";
import { clusterOf, given } from "./keep";
import { ownedIn } from "./owned";
import { parsed, Refused, rest } from "./rest";
import { type Entry, entry } from "./row";
import { asyncStatus, nestedCluster } from "./standing";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import { WAITS } from "./task-end";
import { iso } from "./time";
import type { LabLibraryImage, LabTower, LabUpload, LibraryImageAct } from "./tower-model";
import { siteOf } from "./tower-site";
import {
  APPENDS,
  currentChunk,
  newUpload,
  putImage,
  towerChunkSize,
  type UploadKind,
  uploadArgs,
  uploadCall,
} from "./uploads";

export const libraryUploadClusters = oneOf(
  "libraryUploadClusters",
  ["condition", "id"],
  "`clusters` in the form that uploads an image to the content library: a condition as JSON, or the id of one cluster.",
  "a text in the vendor's schema, and required with every chunk; the other calls of the library have a condition there",
);

const KIND = "ContentLibraryImage";
const SCHEMA = "the vendor's schema";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({
  data: z.looseObject({ name: z.string().min(1).optional(), description: z.string().optional() }),
});
const clustersSchema = whereSchema.extend({ data: z.looseObject({ clusters: z.looseObject({}) }) });
const formSchema = z.looseObject({ clusters: z.string().min(1) });
const importSchema = z.looseObject({
  data: z.looseObject({
    url: z.string().min(1),
    name: z.string().min(1),
    description: z.string().default(""),
    cluster: z.looseObject({}),
  }),
});

/** Bytes of what CloudTower gets by itself: the lab fetches nothing. */
const IMPORTED = 1_048_576;

const uploaded: UploadKind = {
  type: "CONTENT_LIBRARY_IMAGE",
  begin(site, tower, call) {
    const clusters = clustersIn(site, tower, call);
    const [cluster] = clusters;
    if (cluster === undefined) throw new Refused(400, "clusters finds none");
    return { cluster, clusters };
  },
  put,
};

const byName = (name: string) => () => ({ where: { name } });

/** Images of the content library: uploaded or fetched, given to clusters, changed and deleted by tasks. */
export const libraryImageOperations: Operation[] = [
  rest({
    id: "uploadContentLibraryImage",
    path: "/upload-content-library-image",
    write: true,
    source: `${SCHEMA}: a form with the file's part and clusters, answered with the upload task`,
    assumed: `as /upload-elf-image: ${APPENDS}; it stands in the library and in each of its clusters, whole, once the last chunk has come; two may have one name; 400 for a chunk without clusters, or with those of another form`,
    switches: [towerChunkSize, currentChunk, uploadArgs, libraryUploadClusters],
    example: {
      when: "makes",
      request: ({ site, idOf }: ExampleSite) => ({
        file: { filename: "tools.iso", size: 1_000, sha256: "0".repeat(64) },
        clusters:
          site.switches.of(libraryUploadClusters) === "id" ? idOf("Cluster") : JSON.stringify({ id: idOf("Cluster") }),
        name: "tools.iso",
        size: "1000",
        size_unit: "B",
      }),
    },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      clustersIn(site, tower, call);
      return uploadCall(uploaded)(site, tower, call);
    },
  }),
  rest({
    id: "importContentLibraryImage",
    path: "/import-content-library-image",
    write: true,
    source: `${SCHEMA}: url, name and the cluster by a condition, answered with an upload task`,
    assumed: `it is fetched after ${WAITS / 1_000} seconds, and has ${IMPORTED} bytes: the lab dials nobody; it is in one cluster at first`,
    switches: [uploadArgs],
    example: {
      when: "makes",
      request: ({ idOf }: ExampleSite) => ({
        data: { url: "http://10.0.0.9/media/debian.iso", name: "debian.iso", cluster: { id: idOf("Cluster") } },
      }),
    },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      const { data } = parsed(importSchema, call.body);
      const { url, name, description } = data;
      const [cluster] = found(site, tower, "Cluster", data.cluster);
      if (!cluster) throw new Refused(404, "no cluster is found");
      const { task } = call;
      const outcome = task === undefined ? "well" : task === "stuck" || task === "paused" ? "never-ends" : "fails";
      const of = { type: uploaded.type, cluster: cluster.id, clusters: [cluster.id], name, description };
      const { id } = newUpload(site, { ...of, size: IMPORTED, url, outcome });
      return { status: 200, body: rowOf(site, site.model.cloudtower as LabTower, "UploadTask", id) };
    },
  }),
  rest({
    id: "updateContentLibraryImage",
    path: "/update-content-library-image",
    write: true,
    source: SCHEMA,
    assumed: "what is left out stays, in its ISO images too; clusters are 501; 400 while a task on it has not ended",
    example: { when: "changes", request: () => ({ ...byName("tools.iso")(), data: { description: "of servers" } }) },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      const { where, data } = parsed(updateSchema, call.body);
      if (data["clusters"] !== undefined) throw new Refused(501, "the lab changes clusters by distribute and remove");
      const to = given({ name: data.name, description: data.description });
      const body = changeable(site, tower, where).map((image) =>
        change(site, tower, call, image, { does: "update", to }),
      );
      return { status: 200, body };
    },
  }),
  rest({
    id: "distributeContentLibraryImageClusters",
    path: "/distribute-content-library-image-clusters",
    write: true,
    source: SCHEMA,
    assumed: "a task also where it is in all of the clusters",
    example: { when: "changes", request: () => ({ ...byName("tools.iso")(), data: { clusters: {} } }) },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      const { where, data } = parsed(clustersSchema, call.body);
      const clusters = found(site, tower, "Cluster", data.clusters).map(({ id }) => id);
      const body = changeable(site, tower, where).map((image) => {
        const more = clusters.filter((id) => image.images[id] === undefined);
        const images = Object.fromEntries(more.map((id) => [id, site.id(`image ${image.name} ${id}`)]));
        return change(site, tower, call, image, { does: "distribute", images });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "removeContentLibraryImageClusters",
    path: "/remove-content-library-image-clusters",
    write: true,
    source: SCHEMA,
    assumed: "a task also where it is in none of the clusters; 400 where it would be in none any more",
    example: {
      when: "changes",
      request: () => ({ ...byName("tools.iso")(), data: { clusters: { id: "none-of-them" } } }),
      status: 404,
    },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      const { where, data } = parsed(clustersSchema, call.body);
      const clusters = found(site, tower, "Cluster", data.clusters).map(({ id }) => id);
      const body = changeable(site, tower, where).map((image) => {
        if (Object.keys(image.images).every((id) => clusters.includes(id)))
          throw new Refused(400, `image ${image.name} would be in no cluster`);
        return change(site, tower, call, image, { does: "withdraw", clusters });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteContentLibraryImage",
    path: "/delete-content-library-image",
    write: true,
    source: SCHEMA,
    assumed: "its ISO images go with it",
    example: { when: "ends", request: byName("tools.iso") },
    checkedBy: "lab tests",
    handle(site, tower, call) {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, where).map((image) => change(site, tower, call, image, { does: "delete" }));
      return { status: 200, body };
    },
  }),
];

export function libraryImageEntries(site: SiteState, tower: LabTower): Entry[] {
  return (tower.libraryImages ?? []).map(({ id, name, description, size, createdAt, busy, images }) =>
    entry({ id, name }, () => {
      const standing = tower.clusters.flatMap((cluster) => {
        const image = ownedIn(site, cluster, "image").find(({ uuid }) => uuid === images[cluster.id]);
        return image ? [{ cluster, image }] : [];
      });
      const [first] = standing;
      return {
        clusters: standing.map(({ cluster }) => nestedCluster(site, cluster)),
        createdAt: iso(createdAt),
        description,
        elf_image_uuids: standing.map(({ image }) => image.uuid),
        elf_images: standing.map(({ cluster, image }) => ({
          id: imageId(site, cluster, image.uuid),
          name: image.name,
        })),
        entityAsyncStatus: asyncStatus(site, busy),
        iscsi_luns: [],
        labels: [],
        path: first ? pathOf(siteOf(site, first.cluster), first.image) : "",
        size,
        vm_disks: [],
        vm_snapshots: [],
        vm_templates: [],
      };
    }),
  );
}

/** The imports that CloudTower has fetched by now, by `isDue` of a moment. */
export function importsDue({ uploads = [] }: LabTower, isDue: (moment: number) => boolean): LabUpload[] {
  return uploads.filter(
    ({ url, status, startedAt, outcome }) =>
      url !== undefined && status === "UPLOADING" && outcome !== "never-ends" && isDue(startedAt + WAITS),
  );
}

/** Ends an import: what came is in the library, or it has failed. */
export function endImport(site: SiteState, tower: LabTower, upload: LabUpload): void {
  const status = upload.outcome === "fails" ? "FAILED" : "SUCCESSED";
  changeTower(site, ({ uploads = [] }) => {
    for (const each of uploads) if (each.id === upload.id) Object.assign(each, { status, finishedAt: site.now });
  });
  const chunks = [{ size: upload.size, sha256: "" }];
  if (status === "SUCCESSED") put(site, tower, { ...upload, chunkSize: upload.size, chunks });
}

/** Has it stand in the library, and in its clusters. */
function put(site: SiteState, tower: LabTower, upload: LabUpload): void {
  const { name, description, size, clusters = [] } = upload;
  const images = Object.fromEntries(clusters.map((id) => [id, putImage(site, clusterOf(tower, id), upload)]));
  const image = {
    id: site.cuid(`content library image ${name}`),
    name,
    description,
    size,
    createdAt: site.now,
    images,
  };
  changeTower(site, (changed) => {
    changed.libraryImages = [...(changed.libraryImages ?? []), image];
  });
}

/** The clusters that a form names, in the way that the switch has it. */
function clustersIn(site: SiteState, tower: LabTower, call: Call): string[] {
  const { clusters } = parsed(formSchema, call.body);
  if (site.switches.of(libraryUploadClusters) === "id") {
    if (!tower.clusters.some(({ id }) => id === clusters)) throw new Refused(400, `clusters ${clusters} is no cluster`);
    return [clusters];
  }
  let condition: unknown;
  try {
    condition = JSON.parse(clusters);
  } catch {
    condition = undefined;
  }
  if (typeof condition !== "object" || condition === null) throw new Refused(400, "clusters is no condition");
  return found(site, tower, "Cluster", condition).map(({ id }) => id);
}

/** Those that a condition finds, none of them in a task. */
function changeable(site: SiteState, tower: LabTower, where: object): LabLibraryImage[] {
  const ids = found(site, tower, KIND, where).map(({ id }) => id);
  const images = (tower.libraryImages ?? []).filter(({ id }) => ids.includes(id));
  for (const { name, busy } of images)
    if (asyncStatus(site, busy) !== null) throw new Refused(400, `a task on image ${name} has not ended`);
  return images;
}

const MUTATIONS: Record<LibraryImageAct["does"], string> = {
  update: "updateContentLibraryImage",
  distribute: "distributeContentLibraryImageClusters",
  withdraw: "removeContentLibraryImageClusters",
  delete: "deleteContentLibraryImage",
};

function change(site: SiteState, tower: LabTower, call: Call, { id, name }: LabLibraryImage, act: LibraryImageAct) {
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${act.does.replace(/^./, (letter) => letter.toUpperCase())} content library image ${name}`,
      mutation: MUTATIONS[act.does],
      resource: { type: KIND, id },
      args: {},
      change: { kind: "libraryImage", id, act },
    },
    ({ libraryImages = [] }) => {
      const status = act.does === "delete" ? BUSY.delete : BUSY.update;
      for (const each of libraryImages) if (each.id === id) each.busy = { status };
    },
  );
  return { task_id, data: act.does === "delete" ? { id } : rowOf(site, tower, KIND, id) };
}
