import { type LabSwitches, SWITCHES, type SwitchName, switchNames } from "./switches";

/** `name=value`. Throws an error that names what there is. */
export function readSwitch(text: string): Partial<LabSwitches> {
  const [, name = text, given = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!isSwitch(name)) throw new Error(`there is no switch ${name || '""'}; there are ${switchNames.join(", ")}`);
  const { values, numbers } = SWITCHES[name] as { values: readonly unknown[]; numbers?: readonly [number, number] };
  const known = values.find((value) => String(value) === given);
  if (known !== undefined) return { [name]: known };
  if (numbers && /^\d+$/.test(given) && Number(given) >= numbers[0] && Number(given) <= numbers[1])
    return { [name]: Number(given) };
  throw new Error(`${name} is one of ${valuesOf(name)}, not ${given || '""'}`);
}

/** The values that a switch may have, the default first. */
export function valuesOf(name: SwitchName): string {
  const { values, numbers } = SWITCHES[name] as { values: readonly unknown[]; numbers?: readonly [number, number] };
  return [...values.map(String), ...(numbers ? [`any number from ${numbers[0]} to ${numbers[1]}`] : [])].join(", ");
}

function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name);
}
