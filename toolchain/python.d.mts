/** The Python with the packages of requirements.txt: the path of its executable. Makes it where it is missing. */
export function ensurePython(root: string): Promise<string>;
