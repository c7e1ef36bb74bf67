import { createServer } from "node:net";
import { expect, test } from "vitest";
import { tryConnect } from "./tcp";

const way = (port: number) => ({
  protocol: "tcp" as const,
  port,
  at: { host: "127.0.0.1", port },
  mapped: false,
});

async function listening(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test("a port that listens is open, one that does not refuses", async () => {
  const server = await listening();
  expect(await tryConnect(way(server.port), 30_000)).toBe("open");
  await server.close();
  expect(await tryConnect(way(server.port), 30_000)).toBe("refused");
});

test("an answer that came in time counts, also where this process was too busy to hear it in time", async () => {
  const server = await listening();
  const outcome = tryConnect(way(server.port), 50);
  const until = performance.now() + 200;
  while (performance.now() < until); // the kernel shakes hands meanwhile
  expect(await outcome).toBe("open");
  await server.close();
});

test("what reach.json does not list is not tried", async () => {
  expect(await tryConnect({ protocol: "tcp", port: 80, mapped: false }, 30_000)).toBe("no-way");
});
