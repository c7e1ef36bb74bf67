import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { CannotReach, NotTrusted } from "./errors";
import { deadPort, failure, json, pem, stackFolder, wire } from "./fixtures/wire.fixture";
import { pathTo } from "./path";
import type { Reach } from "./reach";
import { createTrust, type TrustOptions } from "./trust";

const { listen, startServer, testClient } = wire(onTestFinished);

const get = { operation: "look", method: "GET", path: pathTo`/` } as const;
const fingerprint = (name: string) => `sha256:${new X509Certificate(pem(name)).fingerprint256}`;

/** A client that reaches `endpoint` at the port, with a stack folder of its own. */
function tlsClient(
  endpoint: string,
  port: number,
  options: { mode?: TrustOptions["mode"]; ca?: boolean; folder?: string } = {},
) {
  const folder = options.folder ?? stackFolder();
  const notices: string[] = [];
  const reach: Reach = {
    speed: 1,
    only: false,
    endpoints: { [`${endpoint}:443`]: `127.0.0.1:${port}` },
    ca: options.ca ? pem("ca") : undefined,
  };
  const trust = createTrust({ folder, reach, mode: options.mode, notice: (text) => notices.push(text) });
  return { ...testClient([endpoint], { scheme: "https", reach, trust }), folder, notices, trust };
}

const echo = () =>
  startServer(
    (request, response) => json(response, 200, { host: request.headers.host, sni: servername(request.socket) }),
    "site",
  );
const servername = (socket: unknown) => (socket as { servername?: string | false }).servername;

test("an endpoint that reach.json maps is checked under its logical address, and asked by it", async () => {
  const server = await echo();
  const { client } = tlsClient("10.0.20.11", server.port, { ca: true });
  expect((await client.request(get)).data).toEqual({ host: "10.0.20.11", sni: false });
});

test("a name goes out as SNI and Host, and is checked", async () => {
  const server = await echo();
  const { client } = tlsClient("tower.site.test", server.port, { ca: true });
  expect((await client.request(get)).data).toEqual({ host: "tower.site.test", sni: "tower.site.test" });
});

test("an authority of NODE_EXTRA_CA_CERTS counts beside one that the stack names", async () => {
  const file = join(stackFolder(), "company.pem");
  writeFileSync(file, pem("ca"));
  vi.stubEnv("NODE_EXTRA_CA_CERTS", file);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = stackFolder();
  writeFileSync(join(folder, "stranger.pem"), pem("stranger"));
  writeFileSync(join(folder, "trust.yaml"), "ca: [stranger.pem]\n");
  const server = await echo();
  const { client } = tlsClient("10.0.20.11", server.port, { folder });
  expect((await client.request(get)).data).toMatchObject({ host: "10.0.20.11" });
});

test("a certificate of a trusted authority for another address is not trusted, and nothing is sent", async () => {
  const server = await echo();
  const { client } = tlsClient("10.0.20.99", server.port, { ca: true });
  const error = await failure(client.request(get));
  expect(error).toBeInstanceOf(NotTrusted);
  expect(error.message).toMatch(
    /^Unable to look: GET https:\/\/10\.0\.20\.99\/: the certificate of 10\.0\.20\.99:443 is not trusted: it is for other names/,
  );
  expect(error.message).toContain(`"10.0.20.99:443": "${fingerprint("site")}"`);
  expect(server.requests).toEqual([]);
});

test("a certificate of an unknown authority is not trusted", async () => {
  const server = await startServer((_request, response) => json(response, 200, {}), "stranger");
  const { client } = tlsClient("10.0.20.11", server.port, { ca: true });
  const error = await failure(client.request(get));
  expect(error).toBeInstanceOf(NotTrusted);
  expect(error.message).toContain("its authority is not trusted here");
  expect(server.requests).toEqual([]);
});

test("the authority of reach.json counts for the endpoints that it maps, and no others", async () => {
  const server = await echo();
  const reach: Reach = { speed: 1, only: false, endpoints: { "10.0.20.11:443": "127.0.0.1:1" }, ca: pem("ca") };
  const trust = createTrust({ folder: stackFolder(), reach, notice: () => {} });
  const { client } = testClient([`127.0.0.1:${server.port}`], { scheme: "https", reach, trust });
  expect(await failure(client.request(get))).toBeInstanceOf(NotTrusted);
});

test("an authority that trust.yaml names vouches for its servers", async () => {
  const folder = stackFolder();
  writeFileSync(join(folder, "site-ca.pem"), pem("ca"));
  writeFileSync(join(folder, "trust.yaml"), "ca: [site-ca.pem]\n");
  const server = await echo();
  const { client } = tlsClient("10.0.20.11", server.port, { folder });
  expect((await client.request(get)).status).toBe(200);
});

test("a pin alone is enough, and another certificate than the pinned one is refused", async () => {
  const folder = stackFolder();
  writeFileSync(join(folder, "trust.yaml"), `tls: {"10.0.20.11:443": "${fingerprint("stranger")}"}\n`);
  const pinned = await startServer((_request, response) => json(response, 200, {}), "stranger");
  expect((await tlsClient("10.0.20.11", pinned.port, { folder }).client.request(get)).status).toBe(200);
  const other = await echo();
  const error = await failure(tlsClient("10.0.20.11", other.port, { folder, ca: true }).client.request(get));
  expect(error).toBeInstanceOf(NotTrusted);
  expect(error.message).toContain(`kept ${fingerprint("stranger")}, shown ${fingerprint("site")}`);
});

test("under firstUse concurrent first requests agree, and the next process holds to it", async () => {
  const server = await startServer((_request, response) => json(response, 200, {}), "stranger");
  const { client, notices, folder } = tlsClient("10.0.20.11", server.port, { mode: "firstUse" });
  await Promise.all(Array.from({ length: 8 }, () => client.request(get)));
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain(fingerprint("stranger"));
  const replaced = await startServer((_request, response) => json(response, 200, {}), "site");
  const later = tlsClient("10.0.20.11", replaced.port, { mode: "firstUse", folder });
  expect(await failure(later.client.request(get))).toBeInstanceOf(NotTrusted);
  later.trust.renew("10.0.20.11", 443);
  expect((await later.client.request(get)).status).toBe(200);
});

test("insecure takes any certificate and says so", async () => {
  const server = await startServer((_request, response) => json(response, 200, {}), "stranger");
  const { client, notices } = tlsClient("10.0.20.99", server.port, { mode: "insecure" });
  expect((await client.request(get)).status).toBe(200);
  expect(notices).toHaveLength(1);
});

test("a server that does not speak TLS cannot be reached over it, and nothing was sent", async () => {
  const server = await startServer((_request, response) => json(response, 200, {}));
  const { client } = tlsClient("10.0.20.11", server.port);
  const error = await failure(client.request({ ...get, method: "POST" }));
  expect(error).toMatchObject({ code: "cannot-reach", sent: false });
  expect(error.message).toContain("it does not speak TLS there — check scheme and port");
});

test("a connection that never gets through its handshake is given up in time, as not sent", async () => {
  const port = await listen(createServer(() => {}));
  const reach: Reach = { speed: 1, only: false, endpoints: { "10.0.20.11:443": `127.0.0.1:${port}` } };
  const { client } = testClient(["10.0.20.11"], { scheme: "https", reach, connectTimeoutMs: 50 });
  const error = await failure(client.request({ ...get, method: "POST" }));
  expect(error).toMatchObject({ code: "cannot-reach", sent: false });
  expect(error.message).toContain("10.0.20.11:443 (by reach.json at 127.0.0.1:");
  expect(error.message).toContain("no connection within 50ms");
});

test("with only set an endpoint that reach.json lacks is not spoken to", async () => {
  const reach: Reach = { speed: 1, only: true, endpoints: {}, file: "stacks/lab/reach.json" };
  const { client } = testClient(["127.0.0.1"], {
    reach,
    retry: { methods: [], statuses: [], attempts: 1, budget: 0, base: 0, cap: 0 },
  });
  const error = await failure(client.request(get));
  expect(error).toBeInstanceOf(CannotReach);
  expect(error.message).toContain("stacks/lab/reach.json knows no endpoint 127.0.0.1:80");
});

test("the environment's proxy is asked for a tunnel only where the connection says so", async () => {
  const server = await echo();
  const asked: string[] = [];
  const proxyPort = await listen(
    createServer((socket) => {
      socket.once("data", (chunk) => {
        asked.push(String(chunk).split("\r\n")[0] ?? "");
        const onward = connect(server.port, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
          socket.pipe(onward).pipe(socket);
        });
        socket.on("error", () => onward.destroy());
        onward.on("error", () => socket.destroy());
      });
    }),
  );
  const before = process.env.https_proxy;
  process.env.https_proxy = `http://127.0.0.1:${proxyPort}`;
  onTestFinished(() => {
    if (before === undefined) delete process.env.https_proxy;
    else process.env.https_proxy = before;
  });
  const folder = stackFolder();
  writeFileSync(join(folder, "site-ca.pem"), pem("ca"));
  writeFileSync(join(folder, "trust.yaml"), "ca: [site-ca.pem]\n");
  const reach: Reach = { speed: 1, only: false, endpoints: {} };
  const trust = createTrust({ folder, reach, notice: () => {} });
  const through = testClient(["10.0.20.11"], { scheme: "https", trust, proxyFromEnvironment: true });
  expect((await through.client.request(get)).status).toBe(200);
  expect(asked).toEqual(["CONNECT 10.0.20.11:443 HTTP/1.1"]);
  const dead = await deadPort();
  const straight = testClient([`127.0.0.1:${dead}`], { scheme: "https", trust });
  expect((await failure(straight.client.request(get))).message).toContain("the connection was refused");
  expect(asked).toHaveLength(1);
});
