import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../kernel/fixtures/manual-clock.fixture";
import { failure, json, stackFolder, wire } from "../kernel/fixtures/wire.fixture";
import { createLogIns } from "../kernel/log-ins";
import { createTrust } from "../kernel/trust";
import { cloudtower, type TowerCaller } from "./client";
import { listClusters } from "./clusters";

const { startServer } = wire(onTestFinished);

test("a refused log-in of CloudTower is sent once a run, until its password was set or is another", async () => {
  let right = "Canary-Right-1";
  const server = await startServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      if (request.url !== "/v2/api/login") return json(response, 200, []);
      if (JSON.parse(text).password === right) json(response, 200, { data: { token: "a-token-of-some-length" } });
      else json(response, 400, { code: "USER_NOT_FOUND_OR_PASSWORD_WRONG", message: "wrong" });
    });
  });
  const reach = { speed: 1, only: false, endpoints: {} };
  const trust = createTrust({ folder: stackFolder(), reach, notice: () => {} });
  const clients = new Map<string, unknown>();
  const logIns = createLogIns();
  const callerWith = (password: string) =>
    ({
      connection: {
        ...{ name: "cloudtower", addresses: [`127.0.0.1:${server.port}`], scheme: "http" },
        ...{ username: "root", password },
      },
      workspace: {
        logIns,
        transport: { reach, trust, clock: manualClock(), timeoutMs: 5_000 },
        shared: <T>(key: string, make: () => T) => {
          if (!clients.has(key)) clients.set(key, make());
          return clients.get(key) as T;
        },
      },
      signal: new AbortController().signal,
    }) as unknown as TowerCaller;
  const logInsSent = () => server.requests.filter((each) => each === "POST /v2/api/login").length;
  const wrong = callerWith("Canary-Wrong-1");

  const errors = await Promise.all(Array.from({ length: 8 }, () => failure(listClusters(wrong))));
  for (const { message } of errors) expect(message).toMatch(/^Unable to log in to cloudtower as root/);
  expect(await cloudtower(wrong).refusedLogIn()).toBeDefined();
  await failure(listClusters(wrong));
  expect(logInsSent()).toBe(1);

  right = "Canary-Wrong-1";
  cloudtower(wrong).passwordChanged();
  expect(await listClusters(wrong)).toEqual([]);
  expect(logInsSent()).toBe(2);
});
