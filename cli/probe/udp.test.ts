import { createSocket, type RemoteInfo } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import { answersRmcp } from "./rmcp";
import { askTime } from "./sntp";
import type { Way } from "./target";

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** A server on loopback that answers each datagram with those that `answers` gives. */
function server(answers: (question: Buffer, from: RemoteInfo) => Buffer[]): Promise<Way> {
  const socket = createSocket("udp4");
  opened.push(socket);
  socket.on("message", (question, from) => {
    for (const answer of answers(question, from)) socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => {
      resolve({ protocol: "udp", port: 0, at: { host: "127.0.0.1", port: socket.address().port }, mapped: true });
    });
  });
}

/** An answer of RFC 4330 to a question: its clock in seconds since 1900, modulo 2^32. */
function timeAnswer(question: Buffer, seconds: number): Buffer {
  const answer = Buffer.alloc(48);
  answer[0] = (4 << 3) | 4;
  answer[1] = 2;
  question.copy(answer, 24, 40, 48);
  answer.writeUInt32BE(seconds, 32);
  answer.writeUInt32BE(seconds, 40);
  return answer;
}

// 2026-01-01 00:00:00 and 2036-02-07 06:28:26 UTC, ten seconds after the seconds have started again from 0.
const [inEra0, inEra1] = [3_976_214_400, 10];
const unixOf = { [inEra0]: 1_767_225_600_000, [inEra1]: 2_085_978_506_000 };

test.each([inEra0, inEra1])("a clock's offset is told in milliseconds, also after 2036 (%d)", async (seconds) => {
  const way = await server((question) => [timeAnswer(question, seconds)]);
  const now = (unixOf[seconds] ?? 0) - 1_234;
  expect(await askTime(way, 2_000, () => now)).toEqual({ offset: 1_234, delay: 0, stratum: 2, alarm: false });
});

test("an answer to another question is no answer", async () => {
  const forged = Buffer.alloc(8, 0xaa);
  const way = await server((question) => {
    const other = timeAnswer(question, inEra0);
    forged.copy(other, 24);
    return [other, Buffer.alloc(3), timeAnswer(question, inEra0 + 5)];
  });
  expect(await askTime(way, 2_000, () => 1_767_225_600_000)).toMatchObject({ offset: 5_000 });
});

test("silence ends with its time, a closed port at once, and both are no answer", async () => {
  expect(await askTime(await server(() => []), 50)).toBeUndefined();
  const way = await server(() => []);
  opened.pop()?.close();
  expect(await askTime(way, 30_000)).toBeUndefined();
});

test("a BMC is known by its pong to this ping alone", async () => {
  const pong = (tag: number) =>
    Buffer.from([0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x40, tag, 0x00, 0x10, ...Array(16).fill(0)]);
  expect(await answersRmcp(await server((question) => [pong(question[9] ?? 0)]), 2_000)).toBe(true);
  expect(await answersRmcp(await server((question) => [pong((question[9] ?? 0) + 1)]), 50)).toBe(false);
  expect(await answersRmcp(await server((question) => [question]), 50)).toBe(false);
  expect(await answersRmcp(await server(() => [Buffer.from("no RMCP")]), 50)).toBe(false);
});
