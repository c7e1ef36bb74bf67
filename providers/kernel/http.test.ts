import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { BadAnswer, CannotReach, NotAuthorised, NotFound, Refused } from "./errors";
import { deadPort, failure, json, wire } from "./fixtures/wire.fixture";
import { pathTo } from "./path";
import { registerSecret } from "./redact";
import { isAnswerLost } from "./wire-errors";

const { startServer, testClient } = wire(onTestFinished);

const list = { operation: "list hosts", method: "GET", path: pathTo`/hosts` } as const;
const create = { operation: "create a host", method: "POST", path: pathTo`/hosts`, body: { name: "a" } } as const;

test("requests one after another share one connection", async () => {
  const server = await startServer((_request, response) => json(response, 200, { ok: true }));
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  for (let count = 0; count < 5; count++) await client.request(list);
  expect(server.requests).toHaveLength(5);
  expect(server.connections()).toBe(1);
});

test("method, query, headers and body go over the wire as given", async () => {
  const server = await startServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { host, "x-a": a, "content-type": type } = request.headers;
      json(response, 200, { url: request.url, host, a, type, body: Buffer.concat(chunks).toString() });
    });
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], { headers: { "X-A": "client" } });
  const answer = await client.request({
    ...create,
    query: { a: "x y", skip: undefined, n: 1 },
    headers: { "x-A": "mine" },
  });
  expect(answer).toMatchObject({
    status: 200,
    data: {
      url: "/hosts?a=x+y&n=1",
      host: `127.0.0.1:${server.port}`,
      a: "mine",
      type: "application/json",
      body: '{"name":"a"}',
    },
  });
  const form = new FormData();
  form.append("file", new Blob(["abc"]), "a.iso");
  const sent = await client.request<{ type: string; body: string }>({ ...create, body: undefined, form });
  expect(sent.data.type).toMatch(/^multipart\/form-data; boundary=/);
  expect(sent.data.body).toContain('filename="a.iso"');
});

test("no more requests are in flight than the limit allows", async () => {
  let most = 0;
  let held: ServerResponse[] = [];
  const server = await startServer((_request, response) => {
    held.push(response);
    most = Math.max(most, held.length);
    if (held.length < 3) return; // answers come in threes, so that the limit is filled each time
    const full = held;
    setImmediate(() => {
      held = held.filter((other) => !full.includes(other));
      for (const one of full) json(one, 200, {});
    });
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], { limit: 3 });
  await Promise.all(Array.from({ length: 21 }, () => client.request(list)));
  expect(most).toBe(3);
  expect(server.connections()).toBeLessThanOrEqual(3);
});

test("a refused connection was not sent, and says where and what to do", async () => {
  const port = await deadPort();
  const { client } = testClient([`127.0.0.1:${port}`]);
  const error = await failure(client.request(create));
  expect(error).toBeInstanceOf(CannotReach);
  expect(error).toMatchObject({ sent: false });
  expect(error.message).toMatch(
    new RegExp(
      `^Unable to create a host: POST http://127.0.0.1:${port}/hosts: 127.0.0.1:${port}: the connection was refused — check`,
    ),
  );
});

test("a POST is never sent again when its connection is reset, and counts as sent", async () => {
  const server = await startServer((request) => request.socket.destroy());
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  expect(await failure(client.request(create))).toMatchObject({ code: "cannot-reach", sent: true });
  expect(server.requests).toEqual(["POST /hosts"]);
  expect(clock.sleeps).toEqual([]);
});

test("a POST is not sent again after 503 either, unless it is known to be idempotent", async () => {
  const server = await startServer((_request, response, count) => json(response, count === 3 ? 200 : 503, {}));
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  expect(await failure(client.request(create))).toMatchObject({ code: "refused", status: 503 });
  expect(server.requests).toHaveLength(1);
  expect((await client.request({ ...create, idempotent: true })).status).toBe(200);
  expect(server.requests).toHaveLength(3);
  expect(clock.sleeps).toEqual([500]);
});

test("a PUT is sent again with growing pauses until it comes through", async () => {
  const server = await startServer((request, response, count) => {
    if (count === 1) request.socket.destroy();
    else if (count < 5) json(response, 500 + count, {});
    else json(response, 200, { done: true });
  });
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  const answer = await client.request({ ...list, method: "PUT" });
  expect(answer.data).toEqual({ done: true });
  expect(clock.sleeps).toEqual([500, 1000, 2000, 4000]);
});

test("a PUT that is marked as not idempotent is sent once", async () => {
  const server = await startServer((_request, response) => json(response, 503, {}));
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  await failure(client.request({ ...create, method: "PUT", idempotent: false }));
  expect(server.requests).toHaveLength(1);
});

test("attempts come to an end, and the error counts them", async () => {
  const server = await startServer((_request, response) => {
    response.writeHead(502, { "content-type": "text/html" });
    response.end("<html><head><title>502 Bad\nGateway</title></head><body><p>nginx</p></body></html>");
  });
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request(list));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ status: 502 });
  expect(error.message).toBe(
    `Unable to list hosts: GET http://127.0.0.1:${server.port}/hosts answered 502 Bad Gateway: HTML "502 Bad Gateway" (after 5 attempts)`,
  );
  expect(server.requests).toHaveLength(5);
});

test.each([
  ["seconds", { "retry-after": "7" }],
  ["a date", { "retry-after": "Sat, 21 Nov 2026 10:00:07 GMT", date: "Sat, 21 Nov 2026 10:00:00 GMT" }],
])("Retry-After as %s is waited for", async (_form, headers) => {
  const server = await startServer((_request, response, count) =>
    count === 1 ? json(response, 429, {}, headers) : json(response, 200, {}),
  );
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  await client.request(list);
  expect(clock.sleeps).toEqual([7000]);
});

test("what would go past the budget is not waited for", async () => {
  const server = await startServer((_request, response) => json(response, 503, {}, { "retry-after": "20" }));
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  expect(await failure(client.request(list))).toMatchObject({ code: "refused", status: 503 });
  expect(clock.sleeps).toEqual([20_000]);
  expect(server.requests).toHaveLength(2);
});

test("an abort ends a request at once with the signal's reason, wherever it is", async () => {
  let reached = () => {};
  const inFlight = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const server = await startServer(() => reached());
  const { client } = testClient([`127.0.0.1:${server.port}`], { limit: 1 });
  const reason = new Error("the engine is gone");
  const controller = new AbortController();
  const first = failure(client.request({ ...list, signal: controller.signal }));
  const queued = failure(client.request({ ...list, signal: controller.signal }));
  await inFlight;
  controller.abort(reason);
  expect(await first).toBe(reason);
  expect(await queued).toBe(reason);
  expect(await failure(client.request({ ...list, signal: controller.signal }))).toBe(reason);
  expect(server.requests).toHaveLength(1);
});

test("closing the client ends what is under way", async () => {
  let reached = () => {};
  const inFlight = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const server = await startServer(() => reached());
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const request = failure(client.request(list));
  await inFlight;
  client.close();
  expect((await request).message).toContain('the client of the connection "site" is closed');
});

test("no answer in time counts as sent", async () => {
  const server = await startServer(() => {});
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request({ ...create, timeoutMs: 50 }));
  expect(error).toMatchObject({ code: "cannot-reach", sent: true });
  expect(error.message).toContain("no answer within 50ms");
});

test("an answer that breaks off half-way is told apart, and a GET is sent again", async () => {
  const server = await startServer((_request, response, count) => {
    if (count > 2) return json(response, 200, { whole: true });
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"half":');
    setImmediate(() => response.destroy());
  });
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request(create));
  expect(error).toMatchObject({ code: "cannot-reach", sent: true });
  expect(error.message).toContain("in the middle of the answer");
  expect((await client.request(list)).data).toEqual({ whole: true });
});

test.each([
  ["HTML", "text/html", "<!doctype html><title>Login &amp; more</title>", 'HTML "Login &amp; more"'],
  ["half a JSON text", "application/json", '{"a": [1,', '{"a": [1,'],
])("%s at 200 where JSON is due is a bad answer", async (_what, type, body, shown) => {
  const server = await startServer((_request, response) => {
    response.writeHead(200, { "content-type": type });
    response.end(body);
  });
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request(list));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain(`answered 200 OK with something that is not JSON: ${shown}`);
});

test("an answer of another shape names the place", async () => {
  const server = await startServer((_request, response) => json(response, 200, { hosts: [{ ip: "a" }, { ip: 7 }] }));
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const schema = z.object({ hosts: z.array(z.object({ ip: z.string() })) });
  const error = await failure(client.request({ ...list, schema }));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toMatch(/but hosts\[1\]\.ip is not as the vendor documents it: .*expected string/);
});

test("an answer beyond the bound is refused without reading on", async () => {
  const server = await startServer((_request, response) => {
    response.writeHead(200);
    const flood = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once("drain", flood);
    };
    flood();
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], { maxAnswerBytes: 100_000 });
  const error = await failure(client.request({ ...list, answer: "bytes" }));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain("larger than 100000 bytes");
});

test("only the vendor's own word means not found", async () => {
  const server = await startServer((request, response) => {
    if (request.url === "/html")
      response.writeHead(404, { "content-type": "text/html" }).end("<title>Not here</title>");
    else json(response, 404, { ec: "VLAN_NOT_FOUND" });
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], {
    notFound: (status, data) => status === 404 && (data as { ec?: string } | undefined)?.ec === "VLAN_NOT_FOUND",
  });
  expect(await failure(client.request(list))).toBeInstanceOf(NotFound);
  expect(await failure(client.request({ ...list, path: pathTo`/html` }))).toMatchObject({
    code: "refused",
    status: 404,
  });
});

test("a vendor's envelope is opened, and its errors come out as the vendor's client says", async () => {
  const server = await startServer((request, response) =>
    json(response, 200, request.url === "/bad" ? { ec: "EBUSY", error: { msg: "busy" } } : { ec: "EOK", data: [1] }),
  );
  const { client } = testClient([`127.0.0.1:${server.port}`], {
    interpret(status, data, _headers, describe) {
      const envelope = data as { ec: string; data: unknown };
      if (envelope.ec !== "EOK") throw new Refused(`${describe}: ${envelope.ec}`, { status, vendorCode: envelope.ec });
      return envelope.data;
    },
  });
  expect((await client.request(list)).data).toEqual([1]);
  expect(await failure(client.request({ ...list, path: pathTo`/bad` }))).toMatchObject({
    vendorCode: "EBUSY",
    message: `Unable to list hosts: GET http://127.0.0.1:${server.port}/bad: EBUSY`,
  });
});

test("a redirect is not followed but named", async () => {
  const server = await startServer((_request, response) =>
    response.writeHead(301, { location: "https://10.0.20.11/hosts" }).end(),
  );
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request(list));
  expect(error.message).toContain("answered 301 Moved Permanently: it points to https://10.0.20.11/hosts");
});

test("403 is not authorised, without a new log-in", async () => {
  const server = await startServer((_request, response) => json(response, 403, { message: "role lacks it" }));
  let logins = 0;
  const { client } = testClient([`127.0.0.1:${server.port}`], { login: async () => ++logins });
  const error = await failure(client.request(list));
  expect(error).toBeInstanceOf(NotAuthorised);
  expect(error.message).toContain("role lacks it");
  expect(logins).toBe(1);
});

test("secrets are blanked in what an answer or a path says", async () => {
  registerSecret("Canary-Secret-1");
  const server = await startServer((_request, response) =>
    json(response, 400, { message: "user Canary-Secret-1 is bad", token: "unregistered" }),
  );
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const error = await failure(client.request({ ...list, query: { key: "Canary-Secret-1" } }));
  expect(error.message).toContain(
    '/hosts?key=*** answered 400 Bad Request: {"message":"user *** is bad","token":"***"}',
  );
});

test("an address that cannot be connected to is passed over, and set aside for a minute", async () => {
  const dead = await deadPort();
  const server = await startServer((_request, response) => json(response, 200, {}));
  const dials: string[] = [];
  const reach = {
    speed: 1,
    only: true,
    endpoints: new globalThis.Proxy<Record<string, string>>(
      { "10.0.20.10:80": `127.0.0.1:${dead}`, "10.0.20.11:80": `127.0.0.1:${server.port}` },
      {
        get(target, key) {
          dials.push(String(key));
          return target[String(key)];
        },
      },
    ),
  };
  const { client, clock } = testClient(["10.0.20.10", "10.0.20.11"], { reach });
  await client.request(create);
  await client.request({ ...create, headers: { connection: "close" } });
  expect(dials).toEqual(["10.0.20.10:80", "10.0.20.11:80", "10.0.20.11:80"]);
  expect(server.requests).toEqual(["POST /hosts", "POST /hosts"]);
  await clock.sleep(60_000);
  await client.request(list);
  expect(dials.filter((name) => name === "10.0.20.10:80")).toHaveLength(2);
});

test("when no address can be connected to, the error names each", async () => {
  const ports = [await deadPort(), await deadPort()];
  const { client } = testClient(ports.map((port) => `127.0.0.1:${port}`));
  const error = await failure(client.request(create));
  for (const port of ports) expect(error.message).toContain(`127.0.0.1:${port}: the connection was refused`);
  expect(error).toMatchObject({ sent: false });
});

test("a write is announced before it leaves and settled once its outcome is known", async () => {
  const server = await startServer((request, response) => {
    if (request.url === "/lost") request.socket.destroy();
    else json(response, request.url === "/refused" ? 400 : 200, {});
  });
  const log: string[] = [];
  const { client } = testClient([`127.0.0.1:${server.port}`], {
    aroundWrite(describe, deadlineMs) {
      const path = describe.split("/").at(-1);
      log.push(`begin ${path} ${deadlineMs}`);
      return () => log.push(`end ${path}`);
    },
  });
  await client.request(list);
  await client.request({ ...create, read: true });
  await client.request(create);
  await failure(client.request({ ...create, path: pathTo`/refused` }));
  await failure(client.request({ ...create, path: pathTo`/lost` }));
  expect(log).toEqual(["begin hosts 10000", "end hosts", "begin refused 10000", "end refused", "begin lost 10000"]);
  await failure(client.request({ ...create, path: pathTo`/lost`, lateIsHarmless: true }));
  expect(log.at(-1)).toBe("begin lost 0");
});

test("what the announcement throws keeps the write from leaving", async () => {
  const server = await startServer((_request, response) => json(response, 200, {}));
  const reason = new Error("orphaned");
  const { client } = testClient([`127.0.0.1:${server.port}`], {
    aroundWrite() {
      throw reason;
    },
  });
  expect(await failure(client.request(create))).toBe(reason);
  expect(server.requests).toEqual([]);
});

test("the vendor's id of a request stands in each message about its answer, HTML and wrong shapes too", async () => {
  const server = await startServer((request, response) => {
    request.resume();
    const status = request.url === "/html" ? 502 : 200;
    response.writeHead(status, { "x-request-id": `id-of-${request.url?.slice(1)}` });
    response.end(status === 200 ? "{}" : "<html><title>Bad gateway</title></html>");
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], { requestIdHeader: "x-request-id" });
  const ask = (path: string) =>
    failure(
      client.request({
        operation: "ask",
        method: "POST",
        path: pathTo`/${path}`,
        schema: z.strictObject({ a: z.string() }),
      }),
    );
  expect((await ask("html")).message).toMatch(/\(x-request-id id-of-html\) answered 502/);
  expect((await ask("shape")).message).toMatch(/\(x-request-id id-of-shape\) answered 200 OK, but a is not/);
});

/** A server behind a balancer that drops each connection once it was idle, and resets it at the next request. */
function startSilentCloser() {
  const used = new WeakSet<object>();
  return startServer((request, response) => {
    if (used.has(request.socket)) return void request.socket.destroy();
    used.add(request.socket);
    json(response, 200, {});
  });
}

test("a write that may not be repeated leaves on a connection of its own, which others use after it", async () => {
  const server = await startServer((request, response) => {
    request.resume();
    json(response, 200, { port: request.socket.remotePort });
  });
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const port = async (request: typeof list | typeof create) =>
    (await client.request<{ port: number }>(request)).data.port;
  const first = await port(list);
  const own = await port(create);
  expect(own).not.toBe(first);
  expect([first, own]).toContain(await port({ ...create, lateIsHarmless: true } as typeof create));
  expect((await Promise.all([port(list), port(list)])).sort()).toEqual([first, own].sort());
  expect(server.connections()).toBe(2);
});

test("a write arrives though the idle connections were dropped silently", async () => {
  const server = await startSilentCloser();
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  await client.request(list);
  expect((await client.request(create)).status).toBe(200);
  expect(server.requests).toEqual(["GET /hosts", "POST /hosts"]);
});

test("what is repeated leaves on a new connection, however many idle ones were dropped", async () => {
  const server = await startSilentCloser();
  const { client, clock } = testClient([`127.0.0.1:${server.port}`]);
  await Promise.all(Array.from({ length: 8 }, () => client.request(list)));
  await client.request(list);
  expect(clock.sleeps).toEqual([500]);
});

const put = { operation: "set the name", method: "PUT", path: pathTo`/name`, body: {} } as const;

test("a write of which one attempt may have arrived says so, whatever the last attempt met", async () => {
  const reset = await startServer((request) => {
    request.socket.destroy();
    reset.server.close();
  });
  expect(await failure(testClient([`127.0.0.1:${reset.port}`]).client.request(put))).toMatchObject({
    code: "cannot-reach",
    sent: true,
  });

  const busy = await startServer((_request, response) => {
    busy.server.close();
    json(response, 503, {}, { connection: "close" });
  });
  const error = await failure(testClient([`127.0.0.1:${busy.port}`, "127.0.0.1:1"]).client.request(put));
  expect(error).toMatchObject({ code: "cannot-reach", sent: true });
  expect(error.message).toMatch(/refused.*\(after 5 attempts\) — check that the service runs/);
});

test("a refusal says so too, when an attempt before it may have been carried out", async () => {
  const server = await startServer((request, response, count) => {
    if (count % 2 === 1) request.socket.destroy();
    else json(response, 409, { message: "exists already" });
  });
  const { client } = testClient([`127.0.0.1:${server.port}`]);
  const after = await failure(client.request(put));
  expect([after, isAnswerLost(after)]).toMatchObject([{ code: "refused", status: 409 }, true]);
  await failure(client.request(create));
  const alone = await failure(client.request(put));
  expect([alone, isAnswerLost(alone)]).toMatchObject([{ code: "refused", status: 409 }, false]);
});
