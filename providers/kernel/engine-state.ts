import * as pulumi from "@pulumi/pulumi";
import type { Home } from "./home";

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

async function ask(): Promise<Map<string, InState>> {
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName: pulumi.getStack(),
  })) as { outputs?: Record<string, InState> };
  return new Map(Object.entries(answer.outputs ?? {}));
}

/** The home of the stack, as far as its state tells: with one resource of a lab it is the lab. */
export function homeOf(state: Map<string, InState>): Home | undefined {
  const homes = [...state.values()].map(({ outputs }) => outputs["__home"] as Home | undefined);
  return homes.find((home) => home === "lab") ?? homes.find((home) => home === "real");
}
