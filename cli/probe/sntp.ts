import { randomBytes } from "node:crypto";
import type { Way } from "./target";
import { askUdp } from "./udp";

/** What a time server said, RFC 4330 section 4. */
export interface TimeAnswer {
  /** The server's clock minus this machine's, in milliseconds. */
  offset: number;
  /** From the question to the answer, in milliseconds. */
  delay: number;
  /** 1 to 15; 0 is a refusal, 16 a clock that follows nothing. */
  stratum: number;
  /** Leap indicator 3: the server says itself that its clock is not set. */
  alarm: boolean;
  /** With stratum 0: why it refuses (`RATE`, `DENY`); section 8. */
  kiss?: string;
}

/** Between 1900, where NTP counts from, and 1970, in seconds. */
const epoch = 2_208_988_800;

/** Asks a time server once by SNTP version 4. Undefined when no answer to this question comes in time. */
export async function askTime(
  way: Way,
  timeoutMs: number,
  now: () => number = Date.now,
): Promise<TimeAnswer | undefined> {
  // Section 5 allows any number as transmit timestamp; a random one proves that the answer is to this question.
  const originate = randomBytes(8);
  let sent = 0;
  const question = () => {
    sent = now();
    const packet = Buffer.alloc(48);
    packet[0] = (4 << 3) | 3; // version 4, client
    originate.copy(packet, 40);
    return packet;
  };
  return askUdp(way, question, (answer) => readAnswer(answer, originate, sent, now()), timeoutMs);
}

function readAnswer(answer: Buffer, originate: Buffer, sent: number, got: number): TimeAnswer | undefined {
  const mode = answer.length >= 48 ? (answer[0] ?? 0) & 7 : 0;
  if (mode !== 4 || !answer.subarray(24, 32).equals(originate)) return undefined;
  const stratum = answer[1] ?? 0;
  const received = timestamp(answer, 32);
  const transmitted = timestamp(answer, 40);
  return {
    offset: Math.round((received - sent + (transmitted - got)) / 2),
    delay: Math.max(0, Math.round(got - sent - (transmitted - received))),
    stratum,
    alarm: (answer[0] ?? 0) >> 6 === 3,
    ...(stratum === 0 && { kiss: answer.toString("latin1", 12, 16).replace(/[^ -~]/g, "") }),
  };
}

/** Milliseconds since 1970. From 2036 the seconds count from 0 again (section 3). */
function timestamp(packet: Buffer, at: number): number {
  const seconds = packet.readUInt32BE(at);
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return (seconds + era - epoch + packet.readUInt32BE(at + 4) / 2 ** 32) * 1_000;
}
