import { appendFileSync } from "node:fs";
import type { FaultRule } from "./faults";
import type { Operation } from "./operation";

/** One request as the lab took it; a command over SSH has method SSH and its exit code as status. Secrets in headers and bodies are masked; `rawBody` is what came. */
export interface RecordedRequest {
  n: number;
  /** Real time at which it came, milliseconds since 1970 with fractions. */
  at: number;
  /** As the plan has it: `10.0.20.101:80`. */
  endpoint: string;
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string | undefined>;
  body: unknown;
  /** Operation id; undefined for what the lab does not know. */
  operation: string | undefined;
  /** Whether a client that sends it changes something. */
  write: boolean;
  /** Undefined while it is not answered, and when the connection was dropped. */
  status?: number;
  /** The rule that made it go wrong. */
  fault?: FaultRule;
  /** Whether it has taken effect. */
  committed: boolean;
  /** Real milliseconds from its coming to its answer's end, or to the end of its connection. */
  took?: number;
  rawBody: unknown;
}

export interface Recorder {
  open(
    call: Omit<RecordedRequest, "n" | "at" | "operation" | "write" | "committed" | "body">,
    operation: Pick<Operation, "id" | "write"> | undefined,
  ): RecordedRequest;
  /** It has been answered, or its connection is gone. */
  close(record: RecordedRequest): void;
  all(): RecordedRequest[];
  clear(): void;
}

const SECRET = /password|repeat|token|authorization|cookie|secret/i;

/** Keeps the newest requests, at most `limit`, and hands each to `ended` once it has ended. */
export function createRecorder(limit = 100_000, ended: (record: RecordedRequest) => void = () => {}): Recorder {
  let requests: RecordedRequest[] = [];
  let n = 0;
  return {
    open(call, operation) {
      n += 1;
      const record: RecordedRequest = {
        ...call,
        n,
        at: now(),
        headers: masked(call.headers) as RecordedRequest["headers"],
        // Text that is no JSON may hold a secret anywhere.
        body: typeof call.rawBody === "string" ? "*** (not JSON)" : masked(call.rawBody),
        operation: operation?.id,
        // What the lab does not know may well have been meant as a write.
        write: operation?.write ?? !["GET", "HEAD"].includes(call.method),
        committed: false,
      };
      requests.push(record);
      // Half at a time: a shift at each request would cost more than the request.
      if (requests.length > limit) requests = requests.slice(-Math.ceil(limit / 2));
      return record;
    },
    close(record) {
      record.took = now() - record.at;
      ended(record);
    },
    all: () => [...requests],
    clear() {
      requests = [];
    },
  };
}

/**
 * Appends requests to a file as lines of JSON, without `rawBody`, which may hold secrets. Throws at once where the file
 * cannot be written.
 */
export function recordTo(file: string): (record: RecordedRequest) => void {
  const append = (text: string) => appendFileSync(file, text, { mode: 0o600 });
  append("");
  return ({ rawBody: _, ...shown }) => append(`${JSON.stringify(shown)}\n`);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function masked(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, key));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item, name)]));
  }
  // A secret may stand in the text of a GraphQL operation itself.
  if (key === "query" && typeof value === "string")
    return value.replaceAll(/(password\w*\s*:\s*)"(?:[^"\\]|\\.)*"/gi, '$1"***"');
  return SECRET.test(key) && value !== undefined && value !== null ? "***" : value;
}
