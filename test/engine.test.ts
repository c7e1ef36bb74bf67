import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { engineEnvironment } from "../toolchain/engine.mjs";
import {
  goCalls,
  makeProject,
  type Project,
  putEngine,
  putGo,
  removeProjects,
  script,
  setUp,
  temporaryFolder,
} from "./setup-project";

const RELEASE = "3.248.0";
const ARCHIVE = `pulumi-v${RELEASE}-${platform()}-${arch()}.tar.gz`;
const CHECKSUMS = `pulumi-${RELEASE}-checksums.txt`;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  removeProjects();
});

/** The vendor's release as he lays it out: a folder `pulumi` with the executables, and the checksum file. */
function release(version = RELEASE): { archive: Buffer; checksums: string } {
  const folder = temporaryFolder();
  putEngine(join(folder, "pulumi"), version);
  execFileSync("tar", ["-czf", join(folder, ARCHIVE), "-C", folder, "pulumi"]);
  const archive = readFileSync(join(folder, ARCHIVE));
  const sum = createHash("sha256").update(archive).digest("hex");
  return { archive, checksums: `${"0".repeat(64)}  pulumi-v${RELEASE}-plan9-x64.tar.gz\n${sum}  ${ARCHIVE}\n` };
}

async function serve(
  files: Record<string, string | Buffer>,
): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice("/sdk/".length);
    asked.push(name);
    const body = files[name];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sdk`, asked, server };
}

function recorded(project: Project): unknown {
  return JSON.parse(readFileSync(join(project.root, ".pulumi", "engine.json"), "utf8"));
}

function builtHere(project: Project) {
  const pulumi = join(project.root, ".pulumi", "home", "versions", "3.220.0", "bin");
  return { pulumi, version: "3.220.0", source: "build" };
}

test("a new enough pulumi on PATH is taken, and nothing is fetched or built", async () => {
  const project = makeProject();
  putGo(project);
  putEngine(project.bin, "3.220.0");
  const { url, asked } = await serve({});
  const { code } = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: url });
  expect(code).toBe(0);
  expect(recorded(project)).toEqual({ pulumi: project.bin, version: "3.220.0", source: "path" });
  expect(asked).toEqual([]);
  expect(existsSync(join(project.root, "go.log"))).toBe(false);
});

test("a pulumi on PATH that is too old is named and passed over", async () => {
  const project = makeProject();
  putGo(project);
  putEngine(project.bin, "3.219.9");
  const { code, stdout } = await setUp(project);
  expect(code).toBe(0);
  expect(stdout).toContain(`${join(project.bin, "pulumi")} is not used: it is 3.219.9, older than 3.220.0`);
  expect(recorded(project)).toEqual(builtHere(project));
});

test("a pulumi on PATH without its language host is named and passed over", async () => {
  const project = makeProject();
  putGo(project);
  putEngine(project.bin, RELEASE, ["resource-pulumi"]);
  const { stdout } = await setUp(project);
  expect(stdout).toContain("is not used: pulumi-language-nodejs is neither beside it nor on PATH");
  expect(recorded(project)).toEqual(builtHere(project));
});

test("the vendor's release is downloaded, verified, and used again without the network", async () => {
  const project = makeProject();
  const { archive, checksums } = release();
  const { url, asked, server } = await serve({ [ARCHIVE]: archive, [CHECKSUMS]: checksums });
  const first = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: url });
  expect(first.stderr).toBe("");
  expect(asked).toEqual([CHECKSUMS, ARCHIVE]);
  const pulumi = join(project.root, ".pulumi", "home", "versions", RELEASE, "bin");
  expect(recorded(project)).toEqual({ pulumi, version: RELEASE, source: "download" });
  expect(readdirSync(pulumi).sort()).toEqual(["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);

  server.close();
  const second = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: url });
  expect(second.stdout).toMatch(/^set-up: ready: .*\(downloaded\)\n$/);
});

const badDownloads: [string, () => Promise<string>, RegExp][] = [
  [
    "whose checksum is wrong",
    async () => {
      const { archive } = release();
      const checksums = `${"1".repeat(64)}  ${ARCHIVE}\n`;
      return (await serve({ [ARCHIVE]: archive, [CHECKSUMS]: checksums })).url;
    },
    /is not what the vendor published: SHA-256 [0-9a-f]{64}, not 1{64}/,
  ],
  ["that answers 404", async () => (await serve({})).url, /127\.0\.0\.1:\d+: HTTP 404/],
  [
    "without an archive for this machine",
    async () => (await serve({ [CHECKSUMS]: `${"0".repeat(64)}  other.tar.gz\n` })).url,
    /has no pulumi-v3\.248\.0-/,
  ],
  [
    "that refuses the connection",
    async () => {
      const { url, server } = await serve({});
      server.close();
      return url;
    },
    /ECONNREFUSED/,
  ],
  [
    "that is no archive",
    async () => {
      const checksums = `${createHash("sha256").update("<html>").digest("hex")}  ${ARCHIVE}\n`;
      return (await serve({ [ARCHIVE]: "<html>", [CHECKSUMS]: checksums })).url;
    },
    /could not be unpacked/,
  ],
  [
    "of a program that is another version",
    async () => {
      const { archive, checksums } = release("3.1.0");
      return (await serve({ [ARCHIVE]: archive, [CHECKSUMS]: checksums })).url;
    },
    /does not run here \(version: 3\.1\.0\)/,
  ],
];

test.each(badDownloads)("a download %s is named, and the engine is built instead", async (_, origin, reason) => {
  const project = makeProject();
  putGo(project);
  const { code, stdout } = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: await origin() });
  expect(code).toBe(0);
  expect(stdout).toMatch(/the Pulumi engine cannot be downloaded \(/);
  expect(stdout).toMatch(reason);
  expect(recorded(project)).toEqual(builtHere(project));
  expect(readdirSync(join(project.root, ".pulumi", "home", "versions"))).toEqual(["3.220.0"]);
});

const curl = spawnSync("sh", ["-c", "command -v curl"], { encoding: "utf8" }).stdout.trim();

test.skipIf(!curl)("the download goes through a proxy that the environment names", async () => {
  const project = makeProject();
  const { archive, checksums } = release();
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(request.url?.endsWith(ARCHIVE) ? archive : checksums);
  });
  servers.push(proxy);
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  script(join(project.bin, "curl"), `exec ${curl} "$@"`);
  const { code } = await setUp(project, {
    SITEWRIGHT_PULUMI_DOWNLOAD: "http://releases.invalid/sdk",
    http_proxy: `http://127.0.0.1:${port}`,
  });
  expect(code).toBe(0);
  expect(asked).toEqual([`http://releases.invalid/sdk/${CHECKSUMS}`, `http://releases.invalid/sdk/${ARCHIVE}`]);
});

test("with neither download nor Go one line names both ways out", async () => {
  const project = makeProject();
  const { code, stderr } = await setUp(project);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^set-up: no Pulumi engine: Go 1\.25 or newer is missing, .*install Go.*, or put the Pulumi CLI.*\n$/,
  );
});

test("a Go that is too old is named with its version", async () => {
  const project = makeProject();
  putGo(project);
  const { code, stderr } = await setUp(project, { FAKE_GO_VERSION: "go1.24.3" });
  expect(code).toBe(1);
  expect(stderr).toContain(`Go 1.25 or newer is missing (${join(project.bin, "go")} is go1.24.3)`);
});

test("a build that fails shows the compiler's words, leaves nothing, and the next set-up begins anew", async () => {
  const project = makeProject();
  putGo(project);
  const { code, stderr } = await setUp(project, { FAKE_GO_FAILS: "yes" });
  expect(code).toBe(1);
  expect(stderr).toContain("a.go:1: undefined: b");
  expect(existsSync(join(project.root, ".pulumi", "home", "versions"))).toBe(false);
  expect(existsSync(join(project.root, ".pulumi", "tmp"))).toBe(false);
  expect((await setUp(project)).code).toBe(0);
});

test("a built engine is used again until its recipe changes", async () => {
  const project = makeProject();
  putGo(project);
  await setUp(project);
  await setUp(project);
  expect(goCalls(project, "build")).toHaveLength(2);
  const sums = join(project.root, "toolchain", "pulumi-cli", "go.sum");
  writeFileSync(sums, `${readFileSync(sums, "utf8")}\n`);
  await setUp(project);
  expect(goCalls(project, "build")).toHaveLength(4);
});

test("an engine of which a file is missing is built again", async () => {
  const project = makeProject();
  putGo(project);
  await setUp(project);
  rmSync(join(builtHere(project).pulumi, "pulumi"));
  expect((await setUp(project)).code).toBe(0);
  expect(existsSync(join(builtHere(project).pulumi, "pulumi"))).toBe(true);
});

test("a build without a home keeps Go's caches in the project and drops them afterwards", async () => {
  const project = makeProject();
  putGo(project);
  delete project.env.HOME;
  expect((await setUp(project)).code).toBe(0);
  for (const call of goCalls(project, "build")) {
    expect(call).toContain(`HOME=${join(project.root, ".pulumi", "tmp")}`);
    expect(call).toContain("GOWORK=off");
  }
  expect(readdirSync(join(project.root, ".pulumi")).sort()).toEqual(["engine.json", "home"]);
});

test("the environment of the engine keeps to the project and never passes the user's login on", () => {
  const root = join(temporaryFolder(), "a b%20#c");
  const bin = join(root, "engine");
  putEngine(bin, RELEASE);
  mkdirSync(join(root, ".pulumi"), { recursive: true });
  writeFileSync(
    join(root, ".pulumi", "engine.json"),
    JSON.stringify({ pulumi: bin, version: RELEASE, source: "path" }),
  );
  const user = {
    PATH: "/usr/bin",
    PULUMI_ACCESS_TOKEN: "pul-0000",
    PULUMI_HOME: "/home/u/.pulumi",
    PULUMI_BACKEND_URL: "s3://b",
  };
  const here = "127.0.0.1,localhost,::1";
  expect(engineEnvironment(root, user)).toEqual({
    PATH: `${bin}:/usr/bin`,
    PULUMI_HOME: join(root, ".pulumi", "home"),
    PULUMI_BACKEND_URL: pathToFileURL(join(root, ".pulumi", "state")).href,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_CONFIG_PASSPHRASE: "sitewright-lab",
    no_proxy: here,
    NO_PROXY: here,
    no_grpc_proxy: here,
  });
  expect(engineEnvironment(root, { PULUMI_CONFIG_PASSPHRASE: "own" }).PULUMI_CONFIG_PASSPHRASE).toBe("own");
  expect(engineEnvironment(root, { PULUMI_CONFIG_PASSPHRASE_FILE: "/f" }).PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
});

test("without a set-up there is no environment, and the error says what to run", () => {
  expect(() => engineEnvironment(temporaryFolder(), {})).toThrow("run `npm run setup` first");
});
