import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeProject, type Project, removeProjects, script, start } from "./setup-project";

afterEach(removeProjects);

/** Looks for the server as the test does that needs it; Debian's own folder is one of the project's. */
function ensure(project: Project) {
  const call = `console.log(await m.ensurePostgresql(${JSON.stringify(project.root)}, ${JSON.stringify(debian(project))}))`;
  const told = "console.error(error.message); process.exitCode = 1";
  const code = `import("./toolchain/postgresql.mjs").then(async (m) => { ${call} }).catch((error) => { ${told} })`;
  return start(project, ["-e", code]).ended;
}
const debian = ({ root }: Project) => join(root, "debian");

function putServer(folder: string): void {
  for (const program of ["initdb", "postgres"]) script(join(folder, program), "exit 0");
}

/** An apt-get that notes how it was called, and brings the server. */
function putApt(project: Project, install: string): void {
  for (const tool of ["mkdir", "touch"]) script(join(project.bin, tool), `exec /bin/${tool} "$@"`);
  script(join(project.bin, "apt-get"), `echo "$* $DEBIAN_FRONTEND" >> apt.log; [ "$1" = update ] || { ${install}; }`);
}

test("a server on PATH is taken, and of Debian's the newest", async () => {
  const project = makeProject();
  for (const version of ["9", "15", "14"]) putServer(join(debian(project), version, "bin"));
  expect((await ensure(project)).stdout).toBe(`${debian(project)}/15/bin\n`);
  putServer(project.bin);
  expect((await ensure(project)).stdout).toBe(`${project.bin}\n`);
});

test.skipIf(process.getuid?.() !== 0)("root has Debian's package installed, once", async () => {
  const project = makeProject();
  const bin = join(debian(project), "15", "bin");
  putApt(project, `mkdir -p "${bin}"; touch "${bin}/initdb" "${bin}/postgres"`);
  expect(await ensure(project)).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`\n${bin}\n$`)) });
  expect((await ensure(project)).stdout).toBe(`${bin}\n`);
  expect(readFileSync(join(project.root, "apt.log"), "utf8")).toBe(
    "update -q noninteractive\ninstall -q -y --no-install-recommends postgresql noninteractive\n",
  );
});

test.skipIf(process.getuid?.() !== 0)("what apt-get says is shown when it fails", async () => {
  const project = makeProject();
  putApt(project, 'echo "E: Unable to locate package postgresql" >&2; exit 100');
  const { code, stderr } = await ensure(project);
  expect(code).toBe(1);
  expect(stderr).toMatch(/install it \(Debian, .*apt-get said:\n {2}E: Unable to locate package postgresql/);
});

test("where it cannot be installed one line says how to", async () => {
  const project = makeProject();
  const { code, stderr } = await ensure(project);
  expect(stderr).toBe(
    "the tests need PostgreSQL's server, and there is none on PATH: install it (Debian, Ubuntu: apt install postgresql; as root the tests do so themselves)\n",
  );
  expect([code, existsSync(join(project.root, ".pulumi", "postgresql.lock"))]).toEqual([1, false]);
});
