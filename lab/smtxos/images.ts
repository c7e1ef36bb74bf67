import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabImage } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { isWhole, makeVolume, pathOf, sizeSchema, takeChunk } from "./image-upload";
import { inSession, missing, missingObject, unauthorised } from "./session";

export const svtListed = oneOf(
  "svtListed",
  ["always", "finished", "never"],
  "When GET /api/v2/images lists an image of the tools.",
  "GET /api/v2/images is shown for ISO images; whether it lists an image of the tools is not. always: from its volume on; finished: once no chunk is missing",
);

export const isoListed = oneOf(
  "isoListed",
  ["always", "finished"],
  "When it lists an ISO image.",
  "whether GET /api/v2/images lists an ISO image while chunks are missing. always: from its volume on; finished: once none is missing",
);

export const isoName = oneOf(
  "isoName",
  ["as-sent", "with-iso"],
  "How an ISO image is named: as it was sent, or always with .iso.",
  "the runbook's list (stage 04) has a name with .iso, its upload one without (facts, part B 5B 12)",
);

export const imageMd5 = oneOf(
  "imageMd5",
  ["given", "null"],
  "Whether the list gives an image's MD5.",
  "the runbook's list (stage 04) has an md5; whether every image has one, and from when on, is not shown",
);

export const mountedImage = oneOf(
  "mountedImage",
  ["refused", "deleted"],
  "DELETE of an image that a virtual machine has in its drive.",
  "whether an image that a virtual machine has in its drive can be deleted; no document says it",
);

/** Text and sample of the runbook have another number each; whichever, it is a number (facts, part B 5B 12). */
const taskSchema = z.coerce.number().int();

/** ISO images, which are uploaded as those of the tools are, and the list of both. */
export const imageOperations: Operation[] = [
  {
    id: "createImageVolume",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/images/upload/volume",
    write: true,
    source:
      "runbook stage 04 第一步先创建上传卷: size, device (nfs alone), name, description and task_id in the query; task_id is 2 in the text and 1 in the sample: facts, part B 5B 12",
    assumed: "EINVAL; that any task_id is taken; two volumes may have one name",
    switches: [isoName, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, () => {
        const name = call.query.get("name");
        const size = sizeSchema.safeParse(call.query.get("size"));
        if (!name || !size.success) return failure("EINVAL", "the query needs a name, and a size in bytes");
        if (call.query.get("device") !== "nfs") return failure("EINVAL", "device is nfs");
        if (!call.query.get("task_id") || !taskSchema.safeParse(call.query.get("task_id")).success)
          return failure("EINVAL", "task_id is a number");
        const description = call.query.get("description") ?? "";
        return makeVolume(site, { kind: "iso", name: nameOf(site, name), description, size: size.data });
      }),
  },
  {
    id: "uploadImageChunk",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/images/upload",
    write: true,
    source:
      "runbook stage 04 第二步上传ISO文件二进制文件到上传卷: zbs_volume_id, chunk_num and image_uuid in the query, a form with file; any chunk may come again: facts, part B 5B 13",
    assumed:
      "EINVAL for a chunk that is not as long as it must be; ENOTFOUND; a chunk that comes again replaces the one before",
    switches: [missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => takeChunk(site, call, "iso"),
  },
  {
    id: "listImages",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/images",
    write: false,
    source: "runbook stage 04 检查是否已经存在iso: data.images",
    assumed:
      "that images of the tools are among them; resource_state creating while chunks are missing; md5 once an ISO image is whole, and null for images of the tools and for those whose upload outlives a restart of the lab, because it keeps no bytes",
    switches: [svtListed, isoListed, imageMd5, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const listed = cluster.images.filter((image) => isListed(site, image));
        return envelope({ images: listed.map((image) => shownImage(site, cluster, image)) });
      }),
  },
  {
    id: "deleteImage",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v2/images/{image}",
    write: true,
    source: "runbook stage 04 删除该上传卷; also for images of the tools: facts, part A 3.9",
    assumed: "the answer's data, empty; ENOTFOUND; EINUSE",
    switches: [mountedImage, missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const uuid = call.params["image"];
        const image = cluster.images.find((each) => each.uuid === uuid);
        if (!image) return missing(site, `image ${uuid}`);
        const [vm] = mountedBy(site, cluster, image);
        if (vm && site.switches.of(mountedImage) === "refused")
          return failure("EINUSE", `image ${image.name} is mounted in VM ${vm.name}`);
        site.change((model) => {
          if (model.cluster) model.cluster.images = model.cluster.images.filter((each) => each.uuid !== uuid);
        });
        return envelope({});
      }),
  },
];

/** The list's sample has a name with .iso, the upload's has none (facts, part B 5B 12). */
function nameOf({ switches }: SiteState, sent: string): string {
  return switches.of(isoName) === "with-iso" && !sent.toLowerCase().endsWith(".iso") ? `${sent}.iso` : sent;
}

function isListed({ switches }: SiteState, image: LabImage): boolean {
  const when = image.kind === "tools" ? switches.of(svtListed) : switches.of(isoListed);
  return when === "always" || (when === "finished" && isWhole(image));
}

function mountedBy(site: SiteState, { vms }: LabCluster, image: LabImage) {
  const path = pathOf(site, image);
  return vms.filter(({ cdroms }) => cdroms.some((cdrom) => cdrom.path === path));
}

function shownImage(site: SiteState, cluster: LabCluster, image: LabImage) {
  return {
    description: image.description,
    file_name: image.uuid,
    md5: site.switches.of(imageMd5) === "given" ? image.md5 : null,
    name: image.name,
    os: null,
    path: pathOf(site, image),
    resource_state: isWhole(image) ? "in-use" : "creating",
    size: image.size,
    // Seconds.
    time: Math.floor(image.createdAt / 1_000),
    type: "ISO_IMAGE",
    uuid: image.uuid,
    vm_snapshots_count: 0,
    vm_templates_count: 0,
    vms_count: mountedBy(site, cluster, image).length,
    zbs_volume_id: image.volume,
  };
}
