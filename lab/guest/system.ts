import type { Model } from "../model";
import type { SiteSystem } from "../system";
import { advanceGuests, watchGuests } from "./advance";
import { guestAssumed } from "./assumed";
import { guestByHand } from "./interventions";
import { towerSudo } from "./machine";
import { unprepared } from "./programs";
import { guestEndpoints, serveGuest } from "./serve";

/** The operating system in CloudTower's virtual machine. */
export const guest = {
  name: "guest",
  operations: [],
  switches: [towerSudo, unprepared],
  assumed: guestAssumed,
  advance: advanceGuests,
  watch: watchGuests,
  byHand: guestByHand,
  computersIn: ({ cluster }: Model) => Object.values(cluster?.guests ?? {}),
  endpoints: guestEndpoints,
  serve: serveGuest,
} as const satisfies SiteSystem;
