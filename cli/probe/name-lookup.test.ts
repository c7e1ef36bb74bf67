import { createSocket } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import { probeDns } from "./dns";
import { askDns } from "./name-lookup";
import type { ProbeTarget, Way } from "./target";
import { createReport } from "./tools";

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** A DNS server that gives every question back with a response code (RFC 1035, section 4.1.1), or stays silent. */
function server(code: number | undefined): Promise<Way> {
  const socket = createSocket("udp4");
  opened.push(socket);
  socket.on("message", (question, from) => {
    if (code === undefined) return;
    const answer = Buffer.from(question);
    answer[2] = (answer[2] ?? 0) | 0x80;
    answer[3] = code;
    socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => {
      const at = { host: "127.0.0.1", port: socket.address().port };
      resolve({ protocol: "udp", port: 53, at, mapped: true });
    });
  });
}

test.each([
  ["no address of the name", 0, { outcome: "unknown" }],
  ["SERVFAIL", 2, { outcome: "failed", code: "SERVFAIL" }],
  ["NXDOMAIN", 3, { outcome: "unknown" }],
  ["REFUSED", 5, { outcome: "failed", code: "REFUSED" }],
  ["silence", undefined, { outcome: "silent" }],
] as const)("%s is told apart", async (_name, code, expected) => {
  expect(await askDns(await server(code), "ntp.example.com", 400)).toEqual(expected);
});

test("a server that reach.json does not list is not asked", async () => {
  expect(await askDns({ protocol: "udp", port: 53, mapped: false }, "ntp.example.com", 400)).toEqual({
    outcome: "silent",
  });
});

async function told(way: Way, names: string[]) {
  const target: ProbeTarget = { role: "dns", address: "10.0.20.53", path: ["dns", 0], ways: [way], neighbour: false };
  const report = createReport(() => ({ line: 1, column: 1 }));
  (await probeDns(target, names))(report);
  return [...report.findings, ...report.facts].map(({ code, params }) => ({ code, params }));
}

test("a plan without names asks only whether the server answers, whatever it says", async () => {
  expect(await told(await server(5), [])).toEqual([{ code: "dns-answers", params: {} }]);
  expect(await told(await server(3), [])).toEqual([{ code: "dns-answers", params: {} }]);
});

test("a server that fails on a name is a warning with its own word", async () => {
  expect(await told(await server(2), ["ntp.example.com"])).toEqual([
    { code: "probe-dns-silent", params: { name: "ntp.example.com", code: "SERVFAIL" } },
  ]);
});
