import { credentials, Metadata } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { words } from "./words";

/**
 * Where a lifecycle says how far it is. Lines belong to a resource's own row, named by its URN; what reaches the engine is
 * one line of plain text, whoever wrote it.
 */
export interface Log {
  /** Replaces the last such line of the resource; gone when the operation ends. */
  progress(urn: string, text: string): void;
  /** Stays in the output. */
  info(urn: string, text: string): void;
  warn(urn: string, text: string): void;
  /** Resolves once all lines have been taken. Never rejects. */
  flush(): Promise<void>;
}

/** An engine that takes a line takes it at once; one that does not must not hold up the work (ms). */
const PATIENCE = 5_000;

/** Characters of a line. */
const LONGEST = 2_000;

/** Says nothing: for handlers that run without an engine. */
export const silentLog: Log = { progress() {}, info() {}, warn() {}, async flush() {} };

/**
 * The engine that started this process; it passes its address as the first argument. `pulumi.log` would
 * show on the stack's row only.
 */
export function engineLog(address: string): Log {
  // It is on this machine, whatever proxies the environment names.
  const client = new EngineClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const underWay = new Set<Promise<void>>();
  function send(severity: 1 | 2, urn: string, text: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity === 2 ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(words(text, LONGEST));
    request.setEphemeral(ephemeral);
    // A line that the engine does not take is no reason to stop the work that it speaks of.
    const sent = new Promise<void>((taken) => {
      client.log(request, new Metadata(), { deadline: Date.now() + PATIENCE }, () => taken());
    });
    underWay.add(sent);
    void sent.then(() => underWay.delete(sent));
  }
  return {
    progress: (urn, text) => send(1, urn, text, true),
    info: (urn, text) => send(1, urn, text, false),
    warn: (urn, text) => send(2, urn, text, false),
    async flush() {
      await Promise.all(underWay);
    },
  };
}
