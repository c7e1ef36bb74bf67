// The vendor's own release of the Pulumi CLI. The two origins and the file names are those that the vendor's npm launcher
// (package `pulumi`) uses.
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { delimiter, join } from "node:path";
import { elapsed, excerpt, run, SetupError, say } from "./run.mjs";

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const REDIRECTIONS = 5;

/**
 * Downloads and unpacks a release. What the archive must be is told by the caller, not by the origin, which could tell
 * anything.
 * @param {string} version such as "3.220.0"
 * @param {Record<string, string>} sums SHA-256 of the archives, hexadecimal, by platform and processor (`linux-x64`)
 * @param {string} folder existing folder for the archive; its content appears in `folder`/pulumi
 * @returns {Promise<string>} folder with the executables
 * @throws {SetupError} one line that says why it is not to be had
 */
export async function downloadRelease(version, sums, folder) {
  const machine = `${platform()}-${arch()}`;
  const expected = sums[machine];
  if (!expected) throw new SetupError(`no checksum of it is known for ${machine}`);
  const archive = `pulumi-v${version}-${machine}.tar.gz`;
  const file = join(folder, archive);
  const start = Date.now();
  const origin = await originOf(version, archive);
  say(`downloading ${origin}/${archive}`);
  await fetchFile(`${origin}/${archive}`, file, start);
  const actual = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (actual !== expected) {
    throw new SetupError(`${origin}/${archive} is not what was published: SHA-256 ${actual}, not ${expected}`);
  }
  mkdirSync(join(folder, "pulumi"), { recursive: true });
  // The archive holds the hosts of all languages, several hundred megabytes; only these two are of use here.
  const unpack = await run("tar", ["-xzf", file, "-C", folder, "pulumi/pulumi", "pulumi/pulumi-language-nodejs"]);
  if (unpack.code !== 0) throw new SetupError(`${archive} could not be unpacked:\n${excerpt(unpack)}`);
  say(`Pulumi ${version} downloaded and verified, ${elapsed(start)}`);
  return join(folder, "pulumi");
}

/**
 * Asks all origins at once, so that a network without the internet costs one time-out, not one for each.
 * @param {string} version @param {string} archive @returns {Promise<string>} the first in order that has it
 */
async function originOf(version, archive) {
  const own = process.env.SITEWRIGHT_PULUMI_DOWNLOAD?.replace(/\/+$/, "");
  const origins = own
    ? [own]
    : ["https://get.pulumi.com/releases/sdk", `https://github.com/pulumi/pulumi/releases/download/v${version}`];
  const answers = await Promise.allSettled(origins.map((origin) => isThere(`${origin}/${archive}`)));
  const failures = [];
  for (const [index, answer] of answers.entries()) {
    const origin = /** @type {string} */ (origins[index]);
    if (answer.status === "fulfilled") return origin;
    failures.push(`${origin.replace(/^\w+:\/\//, "").split("/")[0]}: ${answer.reason.message}`);
  }
  throw new SetupError(failures.join("; "));
}

/** @param {string} url @returns {Promise<void>} */
async function isThere(url) {
  refusePlain(url);
  if (needsCurl(url)) await curl(url, ["--head", "--output", "/dev/null"]);
  else await open(url, new AbortController(), "HEAD");
}

/** Also where a redirection leads. @param {string} url */
function refusePlain(url) {
  if (!url.startsWith("https://")) throw new SetupError(`${url} is not asked: downloads are by https alone`);
}

/** @param {string} url @param {string} file @param {number} start */
async function fetchFile(url, file, start) {
  if (needsCurl(url)) {
    await curl(url, ["--output", file], () => `still downloading, ${elapsed(start)}`);
    return;
  }
  const abort = new AbortController();
  const response = await open(url, abort);
  const total = Number(response.headers.get("content-length") ?? 0);
  const megabytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`;
  let received = 0;
  const ticker = setInterval(() => {
    say(`${megabytes(received)}${total ? ` of ${megabytes(total)}` : ""} downloaded, ${elapsed(start)}`);
  }, 5000);
  let silence = setTimeout(() => abort.abort(), SILENCE_MS);
  const out = createWriteStream(file);
  try {
    for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (response.body)) {
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(), SILENCE_MS);
      received += chunk.length;
      if (!out.write(chunk)) await new Promise((resolve) => out.once("drain", resolve));
    }
  } catch (error) {
    throw new SetupError(`${url} broke off after ${megabytes(received)} (${reason(error)})`);
  } finally {
    clearInterval(ticker);
    clearTimeout(silence);
    await new Promise((resolve) => out.end(resolve));
  }
}

/**
 * @param {string} url @param {AbortController} abort @param {"GET" | "HEAD"} [method]
 * @returns {Promise<Response>} with a status of success
 */
async function open(url, abort, method = "GET") {
  const timer = setTimeout(() => abort.abort(), CONNECT_MS);
  try {
    let response = await fetch(url, { method, signal: abort.signal, redirect: "manual" });
    for (let at = url, hops = 0; isRedirection(response) && hops < REDIRECTIONS; hops++) {
      at = new URL(response.headers.get("location") ?? "", at).href;
      refusePlain(at);
      await response.body?.cancel();
      response = await fetch(at, { method, signal: abort.signal, redirect: "manual" });
    }
    if (!response.ok) throw new SetupError(`HTTP ${response.status} for ${url.split("/").pop()}`);
    return response;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(abort.signal.aborted ? `no answer within ${CONNECT_MS / 1000} s` : reason(error));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response */
function isRedirection({ status, headers }) {
  return status >= 300 && status < 400 && headers.has("location");
}

/** fetch of Node 20 knows no proxy; curl reads the usual variables. @param {string} url */
function needsCurl(url) {
  const scheme = new URL(url).protocol.slice(0, -1);
  const proxy = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, "all_proxy", "ALL_PROXY"];
  const directories = (process.env.PATH ?? "").split(delimiter);
  return (
    proxy.some((name) => process.env[name]) && directories.some((directory) => existsSync(join(directory, "curl")))
  );
}

/** @param {string} url @param {string[]} args @param {() => string} [progress] */
async function curl(url, args, progress) {
  const bounds = [
    "--connect-timeout",
    `${CONNECT_MS / 1000}`,
    "--speed-limit",
    "1",
    "--speed-time",
    `${SILENCE_MS / 1000}`,
    "--proto",
    "=https",
    "--max-redirs",
    `${REDIRECTIONS}`,
  ];
  const result = await run("curl", ["--fail", "--silent", "--show-error", "--location", ...bounds, ...args, url], {
    progress,
  });
  if (result.code !== 0)
    throw new SetupError(result.stderr.trim().replace(/^curl: /, "") || `curl ended with ${result.code}`);
  return result;
}

/** fetch hides what happened in `cause`. @param {unknown} error @returns {string} */
function reason(error) {
  const { cause, message } = /** @type {Error & {cause?: NodeJS.ErrnoException}} */ (error);
  return cause?.code ?? cause?.message ?? message;
}
