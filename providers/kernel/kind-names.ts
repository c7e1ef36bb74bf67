/** The types of all kinds that this process knows: `smtxos:Cluster`. */
const types = new Set<string>();

export function rememberKind(type: string): void {
  types.add(type);
}

/** The types that a setting may mean by a name: the one of that type, else all of that short name (`Cluster`). */
export function kindsNamed(name: string): string[] {
  if (types.has(name)) return [name];
  return [...types].filter((type) => shortName(type) === name).sort();
}

/** How settings name a kind: in short where no other kind is called so, else by its type. */
function settingName(type: string): string {
  const short = shortName(type);
  return kindsNamed(short).length > 1 ? type : short;
}

/** The names of all kinds, as settings have them. */
export function settingNames(): string[] {
  return [...types].map(settingName).sort();
}

/** The path of a kind's time-out, as `pulumi config set --path` takes it (in quotes, where it has any). */
export function timeoutKnob(type: string, operation: string): string {
  const name = settingName(type);
  return name.includes(":") ? `timeouts["${name}"].${operation}` : `timeouts.${name}.${operation}`;
}

function shortName(type: string): string {
  return type.slice(type.indexOf(":") + 1);
}
