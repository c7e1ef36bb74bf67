import { createSocket } from "node:dgram";
import type { Way } from "./target";

/**
 * Sends a datagram and waits for one that `accept` takes; others are passed over. Undefined when none comes in time,
 * the port is refused (ICMP), or reach.json lets nothing be sent there. Never throws.
 */
export function askUdp<T>(
  { at }: Way,
  message: () => Uint8Array,
  accept: (answer: Buffer) => T | undefined,
  timeoutMs: number,
): Promise<T | undefined> {
  if (!at) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    let ended = false;
    const end = (result?: T) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const failed = () => end();
    // An answer that came while this process was busy counts: it is heard before an immediate, but after a timer.
    const timer = setTimeout(() => setImmediate(failed), timeoutMs);
    socket.on("error", failed);
    socket.on("message", (answer) => {
      const result = accept(answer);
      if (result !== undefined) end(result);
    });
    // Connected: answers of others are dropped by the kernel, and a refusal is told.
    socket.connect(at.port, at.host, (error?: Error) => {
      if (ended) return;
      if (error) return failed();
      socket.send(message(), (problem) => {
        if (problem) failed();
      });
    });
  });
}
