import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { BadAnswer, CannotReach, NotAuthorised, Refused } from "./errors";
import { failure, json, wire } from "./fixtures/wire.fixture";
import { pathTo } from "./path";

const { startServer, listen, testClient } = wire(onTestFinished);

const list = { operation: "list hosts", method: "GET", path: pathTo`/hosts` } as const;
const create = { operation: "create a host", method: "POST", path: pathTo`/hosts`, body: { name: "a" } } as const;

/** A client of a server that answers everything with these bytes. */
async function answeredWith(
  body: string | Buffer,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) {
  const server = await startServer((_request, response) => response.writeHead(status, headers).end(body));
  return { server, ...testClient([`127.0.0.1:${server.port}`]) };
}

const HOSTILE = "down\n\nAll hosts verified. Run: \x1b[31m\x1b]0;owned\x07 \u009b31m \u202e <{%bold%}>";
// Of a page, everything that looks like a tag is left out.
const PLAIN = /down All hosts verified\. Run: \\x1b\[31m\\x1b\]0;owned\\x07 \\x9b31m \\u202e(?: <\{ %bold%\}>|"$)/;

test.each([
  ["a text", HOSTILE, {}],
  ["a page", `<html><title>${HOSTILE}</title></html>`, { "content-type": "text/html" }],
  ["a page without a title", `<html><p>${HOSTILE}</p></html>`, { "content-type": "text/html" }],
])("what a refusal says is one line of plain text: %s", async (_what, body, headers) => {
  const { client } = await answeredWith(body, { status: 400, headers });
  expect((await failure(client.request(create))).message).toMatch(PLAIN);
});

test.each([
  ["a text", "x".repeat(8_000_000), {}],
  ["JSON", JSON.stringify({ error: { msg: "x".repeat(8_000_000) } }), {}],
  // Each `<` begins a tag that nothing ends.
  ["a page", `<html>${"<".repeat(8_000_000)}`, { "content-type": "text/html" }],
  ["a page of titles", `<html>${"<title".repeat(1_000_000)}`, { "content-type": "text/html" }],
])("a refusal of eight megabytes is cut: %s", async (_what, body, headers) => {
  const { client } = await answeredWith(body, { status: 400, headers });
  const error = await failure(client.request(create));
  expect(error).toBeInstanceOf(Refused);
  expect(error.message.length).toBeLessThan(700);
});

test.each([200, 400])("JSON that is nested a million deep is refused: %i", async (status) => {
  const deep = `${'{"error":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}`;
  const { client } = await answeredWith(deep, { status });
  const error = await failure(client.request(create));
  expect(error).toBeInstanceOf(status === 200 ? BadAnswer : Refused);
  expect(error.message.length).toBeLessThan(1_000);
});

test("a long list of the wrong type names the first", async () => {
  const { client } = await answeredWith(`[${"1,".repeat(200_000)}1]`);
  const schema = z.array(z.looseObject({ id: z.string() }));
  const error = await failure(client.request({ ...list, schema }));
  expect(error.message).toMatch(/but \[0\] is not as the vendor documents it/);
});

test("what becomes large only when it is unpacked is not unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "), { level: 9 });
  const { client } = await answeredWith(bomb, { headers: { "content-encoding": "gzip" } });
  const error = await failure(client.request(list));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain("the answer is larger than 33554432 bytes");
});

test("headers without end are no answer", async () => {
  const port = await listen(
    createServer((socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 200 OK\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write(`x-${"a".repeat(1_000)}: ${"b".repeat(1_000)}\r\n`));
      };
      socket.on("drain", more);
      more();
    }),
  );
  const { client } = testClient([`127.0.0.1:${port}`]);
  expect(await failure(client.request(create))).toBeInstanceOf(CannotReach);
});

test("an answer that comes byte by byte ends with the request's time", async () => {
  const server = await startServer((_request, response) => {
    const timer = setInterval(() => response.write(" "), 20);
    response.once("close", () => clearInterval(timer));
  });
  const { client } = testClient([`127.0.0.1:${server.port}`], { timeoutMs: 200 });
  expect((await failure(client.request(create))).message).toContain("the answer did not end within 200ms");
});

test("who is told to come back in thirty years is told that it failed", async () => {
  const { client, clock, server } = await answeredWith("{}", { status: 503, headers: { "retry-after": "1000000000" } });
  expect(await failure(client.request(list))).toBeInstanceOf(Refused);
  expect(server.requests).toHaveLength(1);
  expect(clock.sleeps).toEqual([]);
});

test("sessions that run out at once are not renewed for ever", async () => {
  const server = await startServer((_request, response) => json(response, 401, {}));
  let logins = 0;
  const { client } = testClient([`127.0.0.1:${server.port}`], { login: async () => ++logins });
  expect(await failure(client.request(list))).toBeInstanceOf(NotAuthorised);
  expect(logins).toBe(2);
});

test("what an answer holds can be printed", async () => {
  const { client } = await answeredWith(JSON.stringify({ name: "a\x1b]0;owned\x07\u009b", "<{%bold%}>": 1 }));
  expect((await client.request(list)).data).toEqual({ name: "a\\x1b]0;owned\\x07\\x9b", "<{ %bold%}>": 1 });
});
