import type { Call } from "./call";
import type { Connection } from "./connection";
import { formatDuration } from "./duration";
import { TimedOut } from "./errors";
import { journalKey, labelOf } from "./identity";
import { isBegun, memoOf } from "./journal";
import { timeoutKnob } from "./kind-names";
import { orphanSignal } from "./orphan";
import { registerSecret } from "./redact";
import type { Context, Kind, OperationName } from "./resource";
import { markSecrets } from "./schema";
import { startTimer } from "./timer";
import { waitWithin } from "./wait-within";

export type OperationContext = Context & {
  /** Ends the operation when its time is up or its engine gone, whatever hangs in it. */
  within<T>(work: () => Promise<T>): Promise<T>;
};

export const DEFAULT_TIMEOUT = 10 * 60_000;

/**
 * How long an operation of a kind may take, vendor milliseconds: by the user's setting, else the kind's own, else the
 * default.
 */
export function timeoutOf(kind: Kind, operation: OperationName, set: Call["timeouts"]): number {
  return set[operation] ?? kind.timeouts?.[operation] ?? DEFAULT_TIMEOUT;
}

/** The context of one operation. */
export function createContext(
  kind: Kind,
  call: Call,
  operation: OperationName,
  inputs: Record<string, unknown>,
  {
    inState,
    idOf = () => undefined,
    checkpoint = () => {},
    note = () => {},
    accepted = () => {},
  }: { inState: boolean; idOf?: () => string | undefined } & Partial<Pick<Context, "checkpoint" | "note" | "accepted">>,
): OperationContext {
  const { workspace, log, urn } = call;
  markSecrets(kind.inputs, inputs, rememberSecret, () => false);
  const timeout = timeoutOf(kind, operation, call.timeouts);
  const knob = timeoutKnob(kind.type, operation);
  const label = labelOf(kind, inputs);
  const connection = workspace.connect(inputs.connection as Connection | undefined);
  const watch = workspace.clock.stopwatch();
  const overdue = new AbortController();
  const signal = AbortSignal.any([orphanSignal, overdue.signal]);
  const lastEntry = () => workspace.journal.last(journalKey(kind, inputs));
  const progress = (text: string) => log.progress(urn, text);

  return {
    label,
    owner: ownerOf(urn),
    connection,
    workspace,
    signal,
    get entry() {
      return lastEntry();
    },
    get isBegun() {
      return isBegun(lastEntry());
    },
    get memo() {
      return memoOf(workspace.journal, journalKey(kind, inputs), idOf());
    },
    inState,
    progress,
    info: (text) => log.info(urn, text),
    warn: (text) => log.warn(urn, text),
    checkpoint,
    note,
    accepted,
    wait: waitWithin(watch, { timeout, knob, progress, signal }),
    async within(work) {
      // The waiter counts vendor time; this timer ends what hangs without ever asking the waiter.
      const disarm = startTimer(timeout, () => {
        overdue.abort(
          new TimedOut(
            `${operation} of ${label} has not ended after ${formatDuration(timeout)}`,
            `if it needs longer, raise ${knob} and run up again: it goes on where it is`,
          ),
        );
      });
      let stop: (() => void) | undefined;
      const ended = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener("abort", stop, { once: true });
      });
      try {
        return await Promise.race([work(), ended]);
      } catch (error) {
        throw workspace.teller.of(label, connection.name, error);
      } finally {
        disarm();
        if (stop) signal.removeEventListener("abort", stop);
      }
    },
  };
}

/** Of `urn:pulumi:<stack>::<project>::<types>::<name>`. */
function ownerOf(urn: string): string {
  const [, , stack = "", , project = ""] = urn.split(":");
  return `${project}/${stack}/${urn.split("::").slice(3).join("::")}`;
}

function rememberSecret(value: unknown): unknown {
  registerSecret(typeof value === "string" ? value : undefined);
  return value;
}
