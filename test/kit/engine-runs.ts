/** What the tests of one file have started of the real engine. */
export const engineRuns = { runs: 0, commands: 0 };

/** Counts a start of the real engine: a run over a stack's resources, or a command that only looks at the stack. */
export function countStart([verb = ""]: string[]): void {
  if (["up", "preview", "refresh", "destroy"].includes(verb)) engineRuns.runs += 1;
  else engineRuns.commands += 1;
}
