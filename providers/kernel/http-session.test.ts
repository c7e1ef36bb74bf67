import { expect, onTestFinished, test } from "vitest";
import { CannotReach, NotAuthorised } from "./errors";
import { failure, json, type TestServer, wire } from "./fixtures/wire.fixture";
import type { HttpClientOptions } from "./http-options";
import { retryPolicy } from "./http-retry";
import { pathTo } from "./path";
import { isAnswerLost } from "./wire-errors";

const { startServer, testClient } = wire(onTestFinished);

const list = { operation: "list hosts", method: "GET", path: pathTo`/hosts` } as const;

/** A server whose log-in gives tokens with a number, and which accepts those that `isValid` says. */
async function towerServer(isValid: (token: string, requests: number) => boolean): Promise<TestServer> {
  let logins = 0;
  let requests = 0;
  return startServer((request, response) => {
    request.resume();
    if (request.url === "/login") return json(response, 200, { token: `token-of-the-session-${++logins}` });
    const token = String(request.headers.authorization);
    if (isValid(token, ++requests)) json(response, 200, { token });
    else json(response, 401, { message: `${token} has expired` });
  });
}

function tower(server: TestServer, more: Partial<HttpClientOptions<string>> = {}) {
  return testClient<string>([`127.0.0.1:${server.port}`], {
    async login(request) {
      const answer = await request<{ token: string }>({
        operation: "log in",
        method: "POST",
        path: pathTo`/login`,
        body: {},
      });
      return answer.data.token;
    },
    authorise(headers, token) {
      headers.authorization = token;
    },
    ...more,
  });
}

const loginsOf = (server: TestServer) => server.requests.filter((line) => line === "POST /login").length;

test("twenty requests at once wait for one log-in", async () => {
  const server = await towerServer((token) => token === "token-of-the-session-1");
  const { client } = tower(server);
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.request(list)));
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
  expect(loginsOf(server)).toBe(1);
  expect(server.requests).toHaveLength(21);
});

test("a session that runs out in mid-run is replaced by one log-in, and each request replayed once", async () => {
  let valid = "token-of-the-session-1";
  const server = await towerServer((token) => token === valid);
  const { client } = tower(server);
  await client.request(list);
  valid = "token-of-the-session-2";
  await Promise.all(Array.from({ length: 20 }, () => client.request({ ...list, method: "POST", body: {} })));
  expect(loginsOf(server)).toBe(2);
  // At most the 8 requests in flight met the old session; the others took the new one at once, or were the second attempt.
  expect(server.requests.length).toBeLessThanOrEqual(2 + 1 + 40);
  await client.request(list);
  expect(loginsOf(server)).toBe(2);
});

test("a session that runs out with status 200 is known by the body", async () => {
  const server = await startServer((request, response) => {
    request.resume();
    if (request.url === "/login") return json(response, 200, { token: `token-of-the-session-${loginsOf(server)}` });
    const expired = request.headers.authorization === "token-of-the-session-1";
    json(response, 200, expired ? { errors: [{ message: "invalid token" }] } : { data: "hosts" });
  });
  const { client } = tower(server, { sessionExpired: (_status, body) => body.includes('"errors"') });
  expect((await client.request(list)).data).toEqual({ data: "hosts" });
  expect(server.requests).toEqual(["POST /login", "GET /hosts", "POST /login", "GET /hosts"]);
});

test("a session that is refused even when it is new ends as not authorised", async () => {
  const server = await towerServer(() => false);
  const { client } = tower(server);
  const error = await failure(client.request(list));
  expect(error).toBeInstanceOf(NotAuthorised);
  expect(error.message).toContain("SITEWRIGHT_SITE_PASSWORD");
  expect(error.message).not.toContain("token-of-the-session");
  expect(server.requests).toEqual(["POST /login", "GET /hosts", "POST /login", "GET /hosts"]);
});

test("a log-in that is refused reaches all who wait, and does not recurse", async () => {
  const server = await startServer((_request, response) => json(response, 401, { message: "wrong password" }));
  const { client } = tower(server);
  const errors = await Promise.all(Array.from({ length: 5 }, () => failure(client.request(list))));
  for (const error of errors) expect(error.message).toMatch(/^Unable to log in: POST .* answered 401 .*wrong password/);
  expect(server.requests).toEqual(["POST /login"]);
});

test("after a log-in that failed the next request logs in anew", async () => {
  let up = false;
  const server = await startServer((request, response) => {
    if (request.url === "/login" && !up) request.socket.destroy();
    else json(response, 200, { token: "a-token-of-some-length" });
  });
  const { client } = tower(server);
  const error = await failure(client.request({ ...list, method: "POST", body: {} }));
  expect(error).toBeInstanceOf(CannotReach);
  expect(error).toMatchObject({ sent: false }); // the request was not sent, though the log-in was
  up = true;
  expect((await client.request(list)).status).toBe(200);
});

test("an anonymous request carries no session", async () => {
  const server = await towerServer(() => true);
  const { client } = tower(server);
  expect((await client.request({ ...list, anonymous: true })).data).toEqual({ token: "undefined" });
  expect(loginsOf(server)).toBe(0);
});

test("a log-in goes past the limit, so that it cannot wait for those who wait for it", async () => {
  const server = await towerServer((token) => token !== "token-of-the-session-1");
  const { client } = tower(server, { limit: 1 });
  await Promise.all(Array.from({ length: 5 }, () => client.request(list)));
  expect(loginsOf(server)).toBe(2);
});

test("a log-in is no write", async () => {
  const server = await towerServer(() => true);
  const writes: string[] = [];
  const { client } = tower(server, {
    aroundWrite(describe) {
      writes.push(describe);
      return () => {};
    },
  });
  await client.request(list);
  expect(writes).toEqual([]);
});

test("who aborts while waiting for a log-in leaves the others theirs", async () => {
  let answer = () => {};
  let arrived = () => {};
  const atLogin = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await startServer((request, response) => {
    if (request.url !== "/login") return json(response, 200, {});
    answer = () => json(response, 200, { token: "a-token-of-some-length" });
    arrived();
  });
  const { client } = tower(server);
  const controller = new AbortController();
  const reason = new Error("enough");
  const leaving = failure(client.request({ ...list, signal: controller.signal }));
  const staying = client.request(list);
  await atLogin;
  controller.abort(reason);
  expect(await leaving).toBe(reason);
  answer();
  expect((await staying).status).toBe(200);
});

test("when the log-in fails, the request says whether an attempt of its own has arrived, and none that of another", async () => {
  let wanted = 0;
  const server = await startServer((request, response) => {
    request.resume();
    if (request.url === "/login")
      return loginsOf(server) === 1
        ? json(response, 200, { token: "token-of-the-session-1" })
        : json(response, 503, { message: "starting" });
    // The answer to the first write is lost, and then the session has run out.
    if (++wanted === 1) request.socket.destroy();
    else json(response, 401, {});
  });
  const { client } = tower(server, { retry: { ...retryPolicy, attempts: 2 } });
  const lost = await failure(client.request({ ...list, method: "PUT" }));
  expect([lost, isAnswerLost(lost)]).toMatchObject([{ code: "refused", status: 503 }, true]);
  const never = await failure(client.request({ ...list, method: "POST", body: {} }));
  expect([never, isAnswerLost(never)]).toMatchObject([{ code: "refused", status: 503 }, false]);
});
