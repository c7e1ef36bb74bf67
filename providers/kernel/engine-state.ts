import * as pulumi from "@pulumi/pulumi";
import type { Home } from "./home";
import { sleepReal } from "./timer";

/** A resource as the last update has left it in the stack's state. */
export interface InState {
  /** As Pulumi has it: `pulumi-nodejs:dynamic/smtxos:Vm`. */
  type: string;
  outputs: Record<string, unknown>;
}

let asked: Promise<Map<string, InState>> | undefined;

/** The resources of the stack's state when the program began to run, by URN. The engine is asked once. */
export function stateOfStack(): Promise<Map<string, InState>> {
  asked ??= ask();
  return asked;
}

/** How long (ms) before each further look at a state that the engine was just writing. */
const LOOKS = [20, 100, 500, 2_000];

async function ask([wait, ...later] = LOOKS): Promise<Map<string, InState>> {
  try {
    const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName: pulumi.getStack(),
    })) as { outputs?: Record<string, InState> };
    return new Map(Object.entries(answer.outputs ?? {}));
  } catch (error) {
    // By then it may have begun with what the program has registered, and the file of a state is not written at once.
    if (wait === undefined || !/failed to load checkpoint: (EOF|unexpected end)/.test((error as Error).message))
      throw error;
    await sleepReal(wait);
    return ask(later);
  }
}

/** The home of the stack, as far as its state tells: with one resource of a lab it is the lab. */
export function homeOf(state: Map<string, InState>): Home | undefined {
  const homes = [...state.values()].map(({ outputs }) => outputs["__home"] as Home | undefined);
  return homes.find((home) => home === "lab") ?? homes.find((home) => home === "real");
}
