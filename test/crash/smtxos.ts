import { machineWays } from "./smtxos-machines";
import { clusterWays } from "./smtxos-settings";
import { toolsWays } from "./smtxos-tools";
import type { Way } from "./way";

export const smtxosWays: Way[] = [...toolsWays, ...clusterWays, ...machineWays];
