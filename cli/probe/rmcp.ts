import type { Way } from "./target";
import { askUdp } from "./udp";

/** IANA enterprise number of the ASF (Alert Standard Format 2.0, section 3.2.2.3). */
const asf = Buffer.from([0x00, 0x00, 0x11, 0xbe]);
/** RMCP 1.0, no acknowledgement wanted, class ASF (section 3.2.2.2). */
const header = Buffer.from([0x06, 0x00, 0xff, 0x06]);
const [presencePing, presencePong, tag] = [0x80, 0x40, 0x5a];

/** Whether a BMC answers the presence ping of RMCP, which needs no log-in and changes nothing (ASF 2.0, section 3.2.4). */
export async function answersRmcp(way: Way, timeoutMs: number): Promise<boolean> {
  const question = Buffer.concat([header, asf, Buffer.from([presencePing, tag, 0x00, 0x00])]);
  const answered = await askUdp(way, () => question, isPong, timeoutMs);
  return answered ?? false;
}

function isPong(answer: Buffer): true | undefined {
  const fits =
    answer.length >= 12 &&
    answer[0] === header[0] &&
    answer[3] === header[3] &&
    answer.subarray(4, 8).equals(asf) &&
    answer[8] === presencePong &&
    answer[9] === tag;
  return fits || undefined;
}
