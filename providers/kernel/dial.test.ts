import { expect, onTestFinished, test } from "vitest";
import { createDialer } from "./dial";
import { json, pem, stackFolder, wire } from "./fixtures/wire.fixture";
import type { Reach } from "./reach";
import { createTrust } from "./trust";

const { startServer } = wire(onTestFinished);

// Where connections are ended in the wrong order, Node.js 20 ends with a segmentation fault.
test("connections by TLS are closed while they stand", async () => {
  const { port } = await startServer((_request, response) => json(response, 200, {}), "site");
  const reach: Reach = {
    speed: 1,
    only: false,
    endpoints: { "10.0.20.11:443": `127.0.0.1:${port}` },
    ca: pem("ca"),
  };
  const trust = createTrust({ folder: stackFolder(), reach, notice: () => {} });
  const dialer = createDialer({ reach, trust, connectTimeoutMs: 5_000 });
  const sockets = await Promise.all(Array.from({ length: 20 }, () => dialer.dial("10.0.20.11", 443, true)));
  dialer.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
});
