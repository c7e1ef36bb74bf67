import * as pulumi from "@pulumi/pulumi";
import type { Home } from "./home";

/** A resource as the last update has left it in the stack's state. */
export interface InState {
  /** As Pulumi has it: `pulumi-nodejs:dynamic/smtxos:Vm`. */
  type: string;
  outputs: Record<string, unknown>;
}

let asked: Promise<Map<string, InState>> | undefined;

/** What the stack's state had, by URN, when the program began to run. Asked once. */
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

/** Whose answers the stack has lived on, as far as its state tells: once a lab's, it is a lab's. */
export function homeOf(state: Map<string, InState>): Home | undefined {
  const homes = [...state.values()].map(({ outputs }) => outputs["__home"] as Home | undefined);
  return homes.find((home) => home === "lab") ?? homes.find((home) => home === "real");
}
