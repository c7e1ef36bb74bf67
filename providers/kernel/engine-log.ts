import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Where a lifecycle says how far it is. Lines belong to a resource's own row, named by its URN. */
export interface Log {
  /** Replaces the last such line of the resource; gone when the operation ends. */
  progress(urn: string, text: string): void;
  /** Stays in the output. */
  info(urn: string, text: string): void;
  warn(urn: string, text: string): void;
}

/** Says nothing: for handlers that run without an engine. */
export const silentLog: Log = { progress() {}, info() {}, warn() {} };

/**
 * The engine that started this process; it passes its address as the first argument. `pulumi.log` would
 * show on the stack's row only.
 */
export function engineLog(address: string): Log {
  const client = new EngineClient(address, credentials.createInsecure());
  function send(severity: 1 | 2, urn: string, text: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity === 2 ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(text);
    request.setEphemeral(ephemeral);
    client.log(request, () => {
      // A line that the engine does not take is no reason to stop the work that it speaks of.
    });
  }
  return {
    progress: (urn, text) => send(1, urn, text, true),
    info: (urn, text) => send(1, urn, text, false),
    warn: (urn, text) => send(2, urn, text, false),
  };
}
