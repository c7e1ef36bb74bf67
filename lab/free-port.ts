import { once } from "node:events";
import { createServer } from "node:net";

// Under the range from which systems take ports for outgoing connections and for port 0: a lab that is started
// again, or a VIP that comes up later, finds its port free.
const [FIRST, LAST] = [20_000, 31_999];

/** A port of loopback on which nothing listens and which is not in `taken`. */
export async function freePort(taken: Set<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (taken.has(port)) continue;
    const server = createServer();
    try {
      const listening = once(server, "listening");
      server.listen(port, "127.0.0.1");
      await listening;
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${FIRST} and ${LAST}`);
}
