import { cloudtower } from "./cloudtower/system";
import { guest } from "./guest/system";
import { smtxos } from "./smtxos/system";

/** The systems of which the lab's site consists, each before those that stand on it. */
export const systems = [smtxos, guest, cloudtower] as const;
