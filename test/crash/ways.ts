import { cloudtowerWays } from "./cloudtower";
import { siteWays } from "./site";
import { smtxosWays } from "./smtxos";
import type { Way } from "./way";

/** The crash matrix: every way on which the provider is killed, by the system whose test has it. */
export const ways: Record<string, Way[]> = { smtxos: smtxosWays, cloudtower: cloudtowerWays, site: siteWays };
