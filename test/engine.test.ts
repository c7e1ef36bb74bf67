import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, expect, test } from "vitest";
import { openAuthority } from "../lab/certificates";
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

const RELEASE = "3.220.0";
const MACHINE = `${platform()}-${arch()}`;
const ARCHIVE = `pulumi-v${RELEASE}-${MACHINE}.tar.gz`;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  removeProjects();
});

/** The vendor's release as he lays it out: a folder `pulumi` with the executables. */
function release(version = RELEASE): Buffer {
  const folder = temporaryFolder();
  putEngine(join(folder, "pulumi"), version);
  execFileSync("tar", ["-czf", join(folder, ARCHIVE), "-C", folder, "pulumi"]);
  return readFileSync(join(folder, ARCHIVE));
}

/** The project takes this archive, and no other, for the release. */
function pin(project: Project, archive: Buffer | string, machine = MACHINE): void {
  const sha256 = { [machine]: createHash("sha256").update(archive).digest("hex") };
  writeFileSync(join(project.root, "toolchain", "release.json"), JSON.stringify({ version: RELEASE, sha256 }));
}

const authorityFolder = mkdtempSync(join(tmpdir(), "engine-"));
afterAll(() => rmSync(authorityFolder, { recursive: true, force: true }));
const authority = openAuthority(authorityFolder);
/** What makes Node.js and curl trust the server below. */
const TRUST = { NODE_EXTRA_CA_CERTS: authority.caFile, CURL_CA_BUNDLE: authority.caFile };

type Files = Record<string, string | Buffer>;

/** `files` by name; one that begins with a scheme is a redirection to there. */
function answering(files: Files, asked: string[]): RequestListener {
  return (request, response) => {
    const name = (request.url ?? "").slice("/sdk/".length);
    asked.push(`${request.method} ${name}`);
    const body = files[name];
    if (typeof body === "string" && /^https?:/.test(body)) response.writeHead(302, { location: body }).end();
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  };
}

async function listening<S extends Server>(server: S): Promise<S> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

async function serve(files: Files): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = await listening(createTlsServer(authority.issue("127.0.0.1", "192.0.2.1"), answering(files, asked)));
  return { url: `https://127.0.0.1:${portOf(server)}/sdk`, asked, server };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
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
  const archive = release();
  pin(project, archive);
  const { url, asked, server } = await serve({ [ARCHIVE]: archive });
  const first = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: url, ...TRUST });
  expect(first.stderr).toBe("");
  expect(asked).toEqual([`HEAD ${ARCHIVE}`, `GET ${ARCHIVE}`]);
  const pulumi = join(project.root, ".pulumi", "home", "versions", RELEASE, "bin");
  expect(recorded(project)).toEqual({ pulumi, version: RELEASE, source: "download" });
  expect(readdirSync(pulumi).sort()).toEqual(["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);

  server.close();
  const second = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: url });
  expect(second.stdout).toMatch(/^set-up: ready: .*\(downloaded\)\n$/);
});

test("a redirection is followed where it leads to https", async () => {
  const project = makeProject();
  const archive = release();
  pin(project, archive);
  const { url } = await serve({ real: archive });
  const { url: first } = await serve({ [ARCHIVE]: `${url}/real` });
  await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: first, ...TRUST });
  expect(recorded(project)).toMatchObject({ source: "download" });
});

const badDownloads: [string, (project: Project) => Promise<string>, RegExp][] = [
  [
    "that is not the one that is known",
    async (project) => {
      pin(project, "another");
      return (await serve({ [ARCHIVE]: release() })).url;
    },
    /is not what was published: SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/,
  ],
  ["that answers 404", async () => (await serve({})).url, /127\.0\.0\.1:\d+: HTTP 404/],
  [
    "of which no checksum is known for this machine",
    async (project) => {
      pin(project, release(), "plan9-x64");
      return (await serve({ [ARCHIVE]: release() })).url;
    },
    /no checksum of it is known for /,
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
    async (project) => {
      pin(project, "<html>");
      return (await serve({ [ARCHIVE]: "<html>" })).url;
    },
    /could not be unpacked/,
  ],
  [
    "of a program that is another version",
    async (project) => {
      const archive = release("3.1.0");
      pin(project, archive);
      return (await serve({ [ARCHIVE]: archive })).url;
    },
    /does not run here \(version: 3\.1\.0\)/,
  ],
  [
    "by plain http",
    async (project) => {
      const archive = release();
      pin(project, archive);
      return `http://127.0.0.1:${portOf(await plain({ [ARCHIVE]: archive }))}/sdk`;
    },
    /downloads are by https alone/,
  ],
  [
    "that leads to plain http",
    async (project) => {
      const archive = release();
      pin(project, archive);
      const there = `http://127.0.0.1:${portOf(await plain({ [ARCHIVE]: archive }))}/sdk/${ARCHIVE}`;
      return (await serve({ [ARCHIVE]: there })).url;
    },
    /http:\/\/127\.0\.0\.1:\d+\/sdk\/\S+ is not asked: downloads are by https alone/,
  ],
];

/** What a server without TLS was asked. */
const askedInPlain: string[] = [];
const plain = (files: Files) => listening(createServer(answering(files, askedInPlain)));

test.each(badDownloads)("a download %s is named, and the engine is built instead", async (_, origin, reason) => {
  const project = makeProject();
  putGo(project);
  const { code, stdout } = await setUp(project, { SITEWRIGHT_PULUMI_DOWNLOAD: await origin(project), ...TRUST });
  expect(code).toBe(0);
  expect(stdout).toMatch(/the Pulumi engine cannot be downloaded \(/);
  expect(stdout).toMatch(reason);
  expect(recorded(project)).toEqual(builtHere(project));
  expect(readdirSync(join(project.root, ".pulumi", "home", "versions"))).toEqual(["3.220.0"]);
  expect(askedInPlain).toEqual([]);
});

test("of the release of every platform that is supported the checksum is known", () => {
  const { version, sha256 } = JSON.parse(readFileSync(join(__dirname, "..", "toolchain", "release.json"), "utf8"));
  expect(version).toBe(RELEASE);
  expect(Object.keys(sha256).sort()).toEqual(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);
  for (const sum of Object.values(sha256)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
});

const curl = spawnSync("sh", ["-c", "command -v curl"], { encoding: "utf8" }).stdout.trim();

test.skipIf(!curl)("the download goes through a proxy that the environment names, and never in plain", async () => {
  const project = makeProject();
  const archive = release();
  pin(project, archive);
  const { server, asked } = await serve({ [ARCHIVE]: archive });
  const proxied: string[] = [];
  const proxy = await listening(createServer(answering({}, askedInPlain)));
  proxy.on("connect", (request, client) => {
    proxied.push(request.url ?? "");
    const through = connect(portOf(server), "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    through.pipe(client).pipe(through);
    for (const end of [through, client]) end.on("error", () => {});
  });
  script(join(project.bin, "curl"), `exec ${curl} "$@"`);
  const { code, stdout } = await setUp(project, {
    SITEWRIGHT_PULUMI_DOWNLOAD: "https://192.0.2.1/sdk",
    https_proxy: `http://127.0.0.1:${portOf(proxy)}`,
    ...TRUST,
  });
  expect(stdout).toMatch(/downloaded and verified/);
  expect(code).toBe(0);
  expect(asked).toEqual([`HEAD ${ARCHIVE}`, `GET ${ARCHIVE}`]);
  expect(proxied).toEqual(Array(2).fill("192.0.2.1:443"));
  expect(askedInPlain).toEqual([]);
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
    PULUMI_BACKEND_URL: `${pathToFileURL(join(root, ".pulumi", "state")).href}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_PARALLEL: "64",
    PULUMI_CONFIG_PASSPHRASE: "sitewright-lab",
    no_proxy: here,
    NO_PROXY: here,
    no_grpc_proxy: here,
  });
  expect(engineEnvironment(root, { ...user, PULUMI_PARALLEL: "8" }).PULUMI_PARALLEL).toBe("8");
  expect(engineEnvironment(root, { PULUMI_CONFIG_PASSPHRASE: "own" }).PULUMI_CONFIG_PASSPHRASE).toBe("own");
  expect(engineEnvironment(root, { PULUMI_CONFIG_PASSPHRASE_FILE: "/f" }).PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
});

test("without a set-up there is no environment, and the error says what to run", () => {
  expect(() => engineEnvironment(temporaryFolder(), {})).toThrow("run `npm run setup` first");
});
