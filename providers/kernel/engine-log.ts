import { credentials, Metadata } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { startTimer } from "./timer";
import { words } from "./words";

/**
 * Where an operation says how far it is. Each line belongs to the row of one resource, by its URN, and reaches the
 * engine as one line of plain text, whoever wrote it.
 */
export interface Log {
  /** A line that replaces the resource's last progress line, and goes when the operation ends. */
  progress(urn: string, text: string): void;
  /** A line that stays in the output. */
  info(urn: string, text: string): void;
  warn(urn: string, text: string): void;
  /** Takes the progress line off the row of a resource whose operation has ended well. */
  done(urn: string): void;
  /** Resolves once the engine has taken all lines. Never rejects. */
  flush(): Promise<void>;
}

/** Milliseconds that the engine has to take a line: one that does not take it at once must not hold up the work. */
const PATIENCE = 5_000;

/** Characters of a line. */
const LONGEST = 2_000;

/** The tag that ends a colour: the engine shows it as nothing, and would ignore an empty text. */
const NOTHING = "<{%reset%}>";

/** A log that says nothing, for handlers that run without an engine. */
export const silentLog: Log = { progress() {}, info() {}, warn() {}, done() {}, async flush() {} };

/**
 * A log to the engine that started this process, which passes its address as the first argument. `pulumi.log` would
 * show lines on the stack's row only.
 */
export function engineLog(address: string): Log {
  // The engine is on this machine, whatever proxies the environment names.
  const client = new EngineClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const underWay = new Map<string, Promise<void>>();
  const unfinished = new Set<string>();
  function send(severity: 1 | 2, urn: string, text: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity === 2 ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(text);
    request.setEphemeral(ephemeral);
    // A line that the engine does not take is no reason to stop the work.
    const sent = async () =>
      new Promise<void>((taken) => {
        client.log(request, new Metadata(), { deadline: Date.now() + PATIENCE }, () => taken());
      });
    // Lines go one after the other: of two at once the engine may show the earlier one last.
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
