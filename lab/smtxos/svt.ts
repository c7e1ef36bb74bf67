import type { Operation } from "../operation";
import { failure } from "./envelope";
import { makeVolume, sizeSchema, takeChunk } from "./image-upload";
import { inSession, missingObject, unauthorised } from "./session";

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
    switches: [unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, () => {
        const name = call.query.get("name");
        const size = sizeSchema.safeParse(call.query.get("size"));
        if (!name || !size.success) return failure("EINVAL", "the query needs a name, and a size in bytes");
        return makeVolume(site, { kind: "tools", name, description: "", size: size.data });
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
    switches: [missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => takeChunk(site, call, "tools"),
  },
];
