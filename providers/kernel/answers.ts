import { createDialer } from "./dial";
import { CannotReach } from "./errors";
import type { Transport } from "./workspace";

/** Real milliseconds until a connection stands: at an address that nobody has nothing answers at all. */
const CONNECT = 5_000;

/**
 * Whether something takes connections at an endpoint; on port 443 with a certificate that is trusted. Throws NotTrusted
 * for one that is not.
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
