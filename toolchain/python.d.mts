/**
 * A Python with the packages of toolchain/requirements.txt, or of another file of the project's in a folder of that
 * name: the path of its executable. Makes it where it is missing.
 */
export function ensurePython(root: string, requirements?: string, name?: string): Promise<string>;

/** There is no python3 at all. */
export class NoPython extends Error {}
