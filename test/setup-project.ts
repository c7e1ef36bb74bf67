import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";

const repository = dirname(__dirname);

/** A clone in small: the real toolchain/, one source file, one package, and a PATH on which only `bin` lies. */
export interface Project {
  root: string;
  /** where a test puts its `pulumi`, `go` and `npm` */
  bin: string;
  env: NodeJS.ProcessEnv;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** resolves when a line of the output matches */
  line(pattern: RegExp): Promise<string>;
}

const folders: string[] = [];

export function removeProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-setup-")));
  folders.push(folder);
  return folder;
}

export function makeProject(): Project {
  const folder = temporaryFolder();
  const root = join(folder, "clone");
  const bin = join(folder, "bin");
  const home = join(folder, "home");
  for (const made of [root, bin, home]) mkdirSync(made);
  for (const tool of ["sh", "tar", "gzip", "cat", "chmod", "sleep"]) symlinkSync(onPath(tool), join(bin, tool));
  symlinkSync(process.execPath, join(bin, "node"));
  cpSync(join(repository, "toolchain"), join(root, "toolchain"), { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(root, name), JSON.stringify(value));
  write("package-lock.json", { packages: { "": {}, "node_modules/typescript": { version: "6.0.3" } } });
  const compilerOptions = {
    module: "commonjs",
    target: "es2023",
    lib: ["es2023"],
    types: [],
    rootDir: ".",
    outDir: "dist",
  };
  write("tsconfig.json", { compilerOptions, include: ["index.ts", "plan"] });
  write("tsconfig.build.json", {
    extends: "./tsconfig.json",
    compilerOptions: { incremental: true, tsBuildInfoFile: "dist/.tsbuildinfo" },
  });
  writeFileSync(join(root, "Pulumi.yaml"), "name: small\nruntime: nodejs\n");
  writeFileSync(join(root, "index.ts"), "export const site = 1;\n");
  installTypescript(root);
  return { root, bin, env: { PATH: bin, HOME: home, SITEWRIGHT_PULUMI_DOWNLOAD: "off" } };
}

/** As npm leaves it. */
function installTypescript(root: string): void {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  symlinkSync(join(repository, "node_modules", "typescript"), join(root, "node_modules", "typescript"));
  cpSync(join(root, "package-lock.json"), join(root, "node_modules", ".package-lock.json"));
}

export function script(file: string, body: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

/** An engine as it lies on a user's PATH: three executables, the first of which tells its version. */
export function putEngine(folder: string, version: string, others = ["language", "resource-pulumi"]): void {
  script(join(folder, "pulumi"), `echo "v${version}"`);
  for (const other of others) script(join(folder, `pulumi-${other}-nodejs`), "exit 0");
}

/**
 * A `go` that notes how it was called and "builds" a script. FAKE_GO_VERSION is its version, FAKE_GO_FAILS makes the
 * compiler fail, FAKE_GO_GATE makes it wait for that file, and its process id goes to the file
 * FAKE_GO_PID, or the word `stopped` when it is told to end.
 */
export function putGo(project: Project): void {
  script(
    join(project.bin, "go"),
    `echo "$1 HOME=$HOME GOPATH=$GOPATH GOWORK=$GOWORK" >> "${project.root}/go.log"
case "$1" in
env) echo "\${FAKE_GO_VERSION:-go1.26.0}" ;;
list) echo "go: downloading example.com/a v1.0.0" >&2; echo a; echo b ;;
build)
  if [ -n "$FAKE_GO_FAILS" ]; then echo "a.go:1: undefined: b" >&2; exit 1; fi
  if [ -n "$FAKE_GO_PID" ]; then trap 'echo stopped > "$FAKE_GO_PID"; exit 143' TERM; echo $$ > "$FAKE_GO_PID"; fi
  while [ -n "$FAKE_GO_GATE" ] && [ ! -e "$FAKE_GO_GATE" ]; do sleep 0.1; done
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho v3.220.0\\n' > "$2"
  chmod +x "$2" ;;
esac`,
  );
}

export function goCalls(project: Project, command: string): string[] {
  const log = readFileSync(join(project.root, "go.log"), "utf8").split("\n");
  return log.filter((line) => line.startsWith(`${command} `));
}

/** Starts `node …` in the project. */
export function start(project: Project, args: string[], env: NodeJS.ProcessEnv = {}, input = ""): Running {
  const child = spawn(process.execPath, args, { cwd: project.root, env: { ...project.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined); // a command may end without reading
  child.stdin.end(input);
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    ended: once(child, "close").then(([code]) => ({ code, stdout, stderr })),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        lines.on("line", (text) => {
          if (pattern.test(text)) resolve(text);
        });
        child.on("close", () => reject(new Error(`no line ${pattern} in:\n${stdout}${stderr}`)));
      }),
  };
}

export function setUp(project: Project, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return start(project, ["toolchain/setup.mjs"], env).ended;
}

function onPath(tool: string): string {
  const folder = (process.env.PATH ?? "").split(delimiter).find((candidate) => {
    try {
      accessSync(join(candidate, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!folder) throw new Error(`the tests need ${tool} on PATH`);
  return join(folder, tool);
}
