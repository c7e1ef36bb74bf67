// Types of engine.mjs for the tests and commands that are written in TypeScript.
export interface Engine {
  /** absolute path of the folder with the executables */
  pulumi: string;
  version: string;
  source: "path" | "download" | "build";
}
export const PUBLIC_PASSPHRASE: string;
export function presentEngine(root: string): Promise<Engine | undefined>;
export function ensureEngine(root: string): Promise<Engine>;
export function engineEnvironment(root: string, base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv & { PATH: string };
