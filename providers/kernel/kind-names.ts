/** The types of all kinds that this process knows: `smtxos:Cluster`. */
const types = new Set<string>();

export function rememberKind(type: string): void {
  types.add(type);
}

/**
 * The types that a setting may mean by a name: the type of that name, else all types with that short name (`Cluster`).
 */
export function kindsNamed(name: string): string[] {
  if (types.has(name)) return [name];
  return [...types].filter((type) => shortName(type) === name).sort();
}

/** How settings name a kind: by its short name where no other kind has that, else by its type. */
function settingName(type: string): string {
  const short = shortName(type);
  return kindsNamed(short).length > 1 ? type : short;
}

/** The names of all kinds, as settings have them. */
export function settingNames(): string[] {
  return [...types].map(settingName).sort();
}

/** The path of a kind's time-out, as `pulumi config set --path` takes it; one with brackets has to be quoted. */
export function timeoutKnob(type: string, operation: string): string {
  const name = settingName(type);
  return name.includes(":") ? `timeouts["${name}"].${operation}` : `timeouts.${name}.${operation}`;
}

function shortName(type: string): string {
  return type.slice(type.indexOf(":") + 1);
}
