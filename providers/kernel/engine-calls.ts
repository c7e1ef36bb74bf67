import {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";

/** What the engine says with a call beside its properties, put among them. No state keeps it. */
export interface Said {
  /** The resource's URN as the engine has it in this very run, whatever it was when the state was written. */
  __urn: string;
  /** Seconds that the resource's `customTimeouts` give this operation; 0 for none. */
  __timeout: number;
  /** What the state's inputs say of it where the call has the outputs alone: in a read and a delete. See Adopted. */
  __adopted?: unknown;
}

interface Properties {
  toJavaScript(): Record<string, unknown>;
}

interface Request {
  getUrn(): string;
  getTimeout?(): number;
}

type Inputs<R> = (request: R) => Properties | undefined;

let passing = false;

/** Whether an engine started this process, as its plugin. */
export function startedByEngine(): boolean {
  return passing;
}

/**
 * Puts what the engine says beside a call's properties among them, in every call: Pulumi's dynamic provider hands its
 * handlers the properties alone. A copy of the URN in the state would be wrong after `stack rename`, `state rename` or
 * `state move`. Called once, by the plugin, before the first call arrives.
 */
export function passOnWhatTheEngineSays(): void {
  passing = true;
  tellOnce();
  for (const request of [CheckRequest, DiffRequest, UpdateRequest]) extend(request.prototype, "getNews");
  extend(CreateRequest.prototype, "getProperties");
  extend<"getProperties", ReadRequest>(ReadRequest.prototype, "getProperties", (request) => request.getInputs());
  extend<"getProperties", DeleteRequest>(DeleteRequest.prototype, "getProperties", (request) => request.getOldInputs());
}

/**
 * The text of an error that the engine shows on its resource's row anyway, where Pulumi's provider would print it, too.
 */
export const SHOWN = "(shown on its row)";

/** Keeps such errors out of standard error, which the engine shows on the stack's row. */
function tellOnce(): void {
  const print = console.error;
  console.error = (...what: unknown[]) => {
    if (typeof what[0] !== "string" || !what[0].startsWith(`${SHOWN}: `)) print(...what);
  };
}

function extend<N extends string, R extends Request>(
  request: R & Record<N, () => Properties | undefined>,
  name: N,
  inputsOf?: Inputs<R>,
): void {
  const get: () => Properties | undefined = request[name];
  Object.assign(request, {
    [name](this: R): Properties | undefined {
      const properties = get.call(this);
      const adopted = inputsOf?.(this)?.toJavaScript().__adopted;
      const said: Said = {
        __urn: this.getUrn(),
        __timeout: this.getTimeout?.() ?? 0,
        ...(adopted === undefined ? {} : { __adopted: adopted }),
      };
      return properties && { toJavaScript: () => ({ ...properties.toJavaScript(), ...said }) };
    },
  });
}
