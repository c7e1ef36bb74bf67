import { createDialer } from "./dial";
import { CannotReach } from "./errors";
import type { Transport } from "./transport";

/** Real milliseconds until a connection stands. An address that no machine has never answers. */
const CONNECT = 5_000;

/**
 * Whether something takes connections at an endpoint. On port 443 its certificate is checked: throws NotTrusted where
 * nothing vouches for it.
 */
export async function answersAt({ reach, trust }: Transport, host: string, port: number): Promise<boolean> {
  const dialer = createDialer({ reach, trust, connectTimeoutMs: CONNECT });
  try {
    await dialer.dial(host, port, port === 443);
    return true;
  } catch (error) {
    if (error instanceof CannotReach) return false;
    throw error;
  } finally {
    dialer.close();
  }
}
