import type { SiteSystem } from "../system";
import { towerSudo } from "./machine";
import { unprepared } from "./programs";

/** The operating system in CloudTower's virtual machine. */
export const guest = {
  name: "guest",
  operations: [],
  switches: [towerSudo, unprepared],
} as const satisfies SiteSystem;
