import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { ask, withLab } from "./lab.fixture";

/** Ports that are found free, and that somebody takes before the lab listens there. */
const raced = vi.hoisted((): number[] => []);

vi.mock("./free-port", async (original) => {
  const { freePort } = await original<typeof import("./free-port.js")>();
  return { freePort: (taken: Set<number>) => raced.pop() ?? freePort(taken) };
});

test("a port that is taken between its choice and its use is chosen anew", async () => {
  const others = await Promise.all(
    [0, 1, 2].map(async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  try {
    const ports = others.map((server) => (server.address() as AddressInfo).port);
    raced.push(...ports);
    await withLab({}, async (lab) => {
      expect(raced).toEqual([]);
      expect((await ask(lab, "GET", "/api/v2/deployment/host")).status).toBe(200);
      for (const endpoint of Object.values(lab.reach.endpoints))
        for (const port of ports) expect(endpoint).not.toBe(`127.0.0.1:${port}`);
    });
  } finally {
    for (const server of others) server.close();
  }
});

test("ports are those of SITEWRIGHT_LAB_PORTS, and what is no range is refused with what to write", async () => {
  try {
    vi.stubEnv("SITEWRIGHT_LAB_PORTS", "31000-31999");
    await withLab({}, async (lab) => {
      for (const endpoint of Object.values(lab.reach.endpoints)) expect(endpoint).toMatch(/^127\.0\.0\.1:31\d{3}$/);
    });
    for (const text of ["31000", "5-4", "1-70000"]) {
      vi.stubEnv("SITEWRIGHT_LAB_PORTS", text);
      await expect(withLab({}, async () => {})).rejects.toThrow(`SITEWRIGHT_LAB_PORTS is "${text}": write the first`);
    }
  } finally {
    vi.unstubAllEnvs();
  }
});
