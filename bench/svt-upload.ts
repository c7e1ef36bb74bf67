import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAuthority } from "../lab/certificates";
import { createProject, type KitProject, PROJECT, STACK } from "../test/kit/project";
import { startProvider } from "../test/kit/provider-process";

/**
 * `npm run bench`: how fast the image of the virtual machines' tools is uploaded by the real provider process, against
 * one curl process that sends the same chunks over one connection that is kept, both over TLS to the same server; and
 * how much memory the provider takes, for one image and for one of a quarter its size. To hold: at least 0.8 of curl's
 * rate (median of 5 alternating runs), and under 250 MB.
 */
const HOST = "10.0.20.101";
const CHUNK = 8_388_608;
const CHUNKS = 32;
const RUNS = 5;

/** What one upload came to, by the server's clock: from its first chunk's request to its last chunk's answer. */
interface Upload {
  first: number;
  last: number;
  bytes: number;
}

interface Server {
  port: number;
  uploads: Map<string, Upload>;
  close(): void;
}

/** As much of Fisheye as an upload needs. It counts bytes and keeps none. */
async function startServer(tls: { key: string; cert: string }): Promise<Server> {
  const uploads = new Map<string, Upload>();
  const missing = new Map<string, Set<number>>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "https://site");
    const came = performance.now();
    let bytes = 0;
    for await (const part of request) bytes += (part as Buffer).length;
    const answer = (body: object) => {
      const text = JSON.stringify(body);
      response
        .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
        .end(text);
    };
    const data = (of: object) => answer({ ec: "EOK", data: of, error: {} });
    if (pathname === "/api/v3/sessions") return answer({ token: "bench-session-token" });
    if (pathname === "/api/v2/images") return data({ images: [] });
    if (pathname.endsWith("/create_volume")) {
      const name = query.get("name") ?? "";
      const to_upload = [...Array(Math.ceil(Number(query.get("size")) / CHUNK)).keys()];
      missing.set(name, new Set(to_upload));
      return data({ chunk_size: CHUNK, image_uuid: name, zbs_volume_id: name, to_upload });
    }
    const name = query.get("image_uuid") ?? "";
    missing.get(name)?.delete(Number(query.get("chunk_num")));
    const upload = uploads.get(name) ?? { first: came, last: came, bytes: 0 };
    uploads.set(name, upload);
    upload.bytes += bytes;
    response.once("finish", () => {
      upload.last = performance.now();
    });
    data({ chunk_num: Number(query.get("chunk_num")), to_upload: [...(missing.get(name) ?? [])] });
  }

  const server = createServer(
    tls,
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    uploads,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One curl process, one connection, one chunk after another. */
async function curl(name: string, chunks: string[], port: number, caFile: string): Promise<void> {
  const common = `cacert = "${caFile}"\nconnect-to = "${HOST}:443:127.0.0.1:${port}"\nheader = "Expect:"\nsilent\nfail\noutput = "/dev/null"`;
  const each = chunks.map(
    (chunk, number) =>
      `${common}\nurl = "https://${HOST}/api/v2/svt_image/upload_template?image_uuid=${name}&zbs_volume_id=${name}&chunk_num=${number}"\nform = "file=@${chunk};filename=a.iso"`,
  );
  const child = spawn("curl", ["--config", "-"], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(child, "close");
  child.stdin.end(each.join("\nnext\n"));
  const [code] = await ended;
  if (code !== 0) throw new Error(`curl ended with ${code}`);
}

/** One upload by a provider process of its own. Returns the MB that it had in memory at most. */
async function upload({ main, env }: KitProject, name: string, size: number): Promise<number> {
  const provider = await startProvider({ main, project: PROJECT, config: {}, env });
  try {
    await provider.create({
      __provider: 'exports.handler=()=>require("@sitewright/providers/handler").handler("smtxos:SvtImage")',
      __schema: 1,
      __urn: `urn:pulumi:${STACK}::${PROJECT}::pulumi-nodejs:dynamic/smtxos:SvtImage::${name}`,
      connection: { name: "bench", addresses: [HOST], username: "root", password: "bench" },
      name,
      size,
      file: `media-${size}`,
    });
    return peakOf(provider.pid);
  } finally {
    await provider.kill();
  }
}

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-bench-"));
  const project = createProject();
  const authority = openAuthority(folder);
  const server = await startServer(authority.issue(HOST));
  try {
    const reach = { ca: authority.ca, endpoints: { [`${HOST}:443`]: `127.0.0.1:${server.port}` } };
    writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(reach));
    mkdirSync(project.memory, { recursive: true });
    const size = CHUNKS * CHUNK;
    const bytes = Buffer.alloc(CHUNK, "some bytes of an image");
    const chunks = Array.from({ length: CHUNKS }, (_, number) => join(folder, `chunk-${number}`));
    for (const chunk of chunks) writeFileSync(chunk, bytes);
    for (const of of [size, size / 4])
      writeFileSync(join(project.folder, `media-${of}`), Buffer.concat(Array(of / CHUNK).fill(bytes)));

    const rates = { ours: [] as number[], curl: [] as number[] };
    const peaks = { whole: 0, quarter: 0 };
    for (let run = 0; run < RUNS; run++) {
      peaks.quarter = Math.max(peaks.quarter, await upload(project, `quarter-${run}`, size / 4));
      peaks.whole = Math.max(peaks.whole, await upload(project, `whole-${run}`, size));
      rates.ours.push(rateOf(server, `whole-${run}`, size));
      await curl(`curl-${run}`, chunks, server.port, authority.caFile);
      rates.curl.push(rateOf(server, `curl-${run}`, size));
    }
    const [ours, theirs] = [middle(rates.ours), middle(rates.curl)];
    console.log(
      `upload of ${size / 2 ** 20} MiB in chunks of 8 MiB: ${ours.toFixed(0)} MB/s, curl ${theirs.toFixed(0)} MB/s, ratio ${(ours / theirs).toFixed(2)} (medians of ${RUNS}), ` +
        `${peaks.whole.toFixed(0)} MB at most, ${peaks.quarter.toFixed(0)} MB for a quarter of it`,
    );
  } finally {
    server.close();
    project.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** MB a second. */
function rateOf(server: Server, name: string, size: number): number {
  const upload = server.uploads.get(name);
  if (!upload || upload.bytes < size) throw new Error(`${name}: ${upload?.bytes ?? 0} bytes arrived, not ${size}`);
  return size / 1e6 / ((upload.last - upload.first) / 1e3);
}

/** MB that a process has had in memory at most. */
function peakOf(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}

function middle(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
