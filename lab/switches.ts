import type { Switch, ValueOf } from "./switch";
import { systems } from "./systems";

type LabSwitch = (typeof systems)[number]["switches"][number];

export type SwitchName = LabSwitch["name"];

/** What each of a lab's switches stands at. */
export type LabSwitches = { [One in LabSwitch as One["name"]]: ValueOf<One> };

/** What the facts do not settle of any system, by name. */
export const SWITCHES = Object.fromEntries(
  systems.flatMap(({ switches }): readonly Switch[] => switches).map((each) => [each.name, each]),
) as Record<SwitchName, Switch>;

export const switchNames = Object.keys(SWITCHES) as SwitchName[];

export const defaultSwitches = Object.fromEntries(
  Object.entries(SWITCHES).map(([name, { values }]) => [name, values[0]]),
) as LabSwitches;
