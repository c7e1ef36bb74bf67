import type { AddressInfo, Server } from "node:net";

export interface ListenPlace {
  address: string;
  port: number;
}

/** Something else listens there. */
export class PortTaken extends Error {
  constructor(
    message: string,
    /** As the plan has it. */
    readonly endpoint: string,
  ) {
    super(message);
  }
}

/**
 * Listens, or throws an error that names the endpoint as the plan has it, the address and what to do.
 * Resolves with the port.
 */
export function listenAt(server: Server, endpoint: string, { address, port }: ListenPlace): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explained(error, endpoint, `${address}:${port}`)));
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

function explained(error: NodeJS.ErrnoException, endpoint: string, at: string): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `${at} is in use; stop what listens there, or remove the lab's folder to get other ports`,
    EADDRNOTAVAIL: `no interface has the address of ${at}`,
    EACCES: `listening on ${at} needs root`,
  };
  const message = `the lab cannot serve ${endpoint}: ${reasons[error.code ?? ""] ?? error.message}`;
  return error.code === "EADDRINUSE" ? new PortTaken(message, endpoint) : new Error(message);
}
