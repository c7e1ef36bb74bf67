import { credentials, Metadata } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { startTimer } from "./timer";
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
  /** The work has ended well: its row no longer says how far it was. */
  done(urn: string): void;
  /** Resolves once all lines have been taken. Never rejects. */
  flush(): Promise<void>;
}

/** An engine that takes a line takes it at once; one that does not must not hold up the work (ms). */
const PATIENCE = 5_000;

/** Characters of a line. */
const LONGEST = 2_000;

/** Shown as nothing, where the engine would take no notice of an empty text: the tag that ends a colour. */
const NOTHING = "<{%reset%}>";

/** Says nothing: for handlers that run without an engine. */
export const silentLog: Log = { progress() {}, info() {}, warn() {}, done() {}, async flush() {} };

/**
 * The engine that started this process; it passes its address as the first argument. `pulumi.log` would
 * show on the stack's row only.
 */
export function engineLog(address: string): Log {
  // It is on this machine, whatever proxies the environment names.
  const client = new EngineClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const underWay = new Map<string, Promise<void>>();
  const unfinished = new Set<string>();
  function send(severity: 1 | 2, urn: string, text: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity === 2 ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(text);
    request.setEphemeral(ephemeral);
    // A line that the engine does not take is no reason to stop the work that it speaks of.
    const sent = async () =>
      new Promise<void>((taken) => {
        client.log(request, new Metadata(), { deadline: Date.now() + PATIENCE }, () => taken());
      });
    // One after the other: of two at once the engine may show the earlier one last.
    const all = (underWay.get(urn) ?? Promise.resolve()).then(sent);
    underWay.set(urn, all);
    void all.then(() => underWay.get(urn) === all && underWay.delete(urn));
  }
  function say(severity: 1 | 2, urn: string, text: string): void {
    unfinished.delete(urn);
    send(severity, urn, words(text, LONGEST), false);
  }
  return {
    progress(urn, text) {
      unfinished.add(urn);
      send(1, urn, words(text, LONGEST), true);
    },
    info: (urn, text) => say(1, urn, text),
    warn: (urn, text) => say(2, urn, text),
    done(urn) {
      if (unfinished.delete(urn)) send(1, urn, NOTHING, true);
    },
    async flush() {
      let stop = () => {};
      const enough = new Promise<void>((resolve) => {
        stop = startTimer(PATIENCE, resolve);
      });
      await Promise.race([Promise.all(underWay.values()), enough]);
      stop();
    },
  };
}
