import { once } from "node:events";
import { createServer } from "node:net";

// Under the range from which systems take ports for outgoing connections and for port 0: a lab that is started
// again, or a VIP that comes up later, finds its port free.
const RANGE = { first: 20_000, last: 31_999 };
const SETTING = "SITEWRIGHT_LAB_PORTS";

/** Labs that come and go side by side, as in tests, may each have a range of their own. */
function range(): typeof RANGE {
  const text = process.env[SETTING];
  if (!text) return RANGE;
  const [first = 0, last = 0] = /^(\d+)-(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (first > 0 && first < last && last < 65_536) return { first, last };
  throw new Error(`${SETTING} is "${text}": write the first and the last port, as in 20000-25999`);
}

/** A port of loopback on which nothing listens and which is not in `taken`; of SITEWRIGHT_LAB_PORTS where that is set. */
export async function freePort(taken: Set<number>): Promise<number> {
  const { first, last } = range();
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
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
  throw new Error(`no free port on 127.0.0.1 between ${first} and ${last}`);
}
