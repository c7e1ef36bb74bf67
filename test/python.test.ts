import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeProject, type Project, removeProjects, script, start } from "./setup-project";

afterEach(removeProjects);

const ensure = (project: Project) => start(project, ["toolchain/python.mjs"]).ended;

/** A `python3` whose virtual environments hold itself, and which notes how it was called. */
function putPython(project: Project, pip = "exit 0"): void {
  const body = `echo "$*" >> "${project.root}/python.log"
case "$2" in
venv) dir="$3"; mkdir -p "$dir/bin"; cp "$0" "$dir/bin/python" ;;
pip) ${pip} ;;
esac`;
  script(join(project.bin, "python3"), body);
}

function projectWithTools(): Project {
  const project = makeProject();
  for (const tool of ["mkdir", "cp"]) script(join(project.bin, tool), `exec /bin/${tool} "$@"`);
  return project;
}

const calls = (project: Project) => readFileSync(join(project.root, "python.log"), "utf8").trim().split("\n");

test("packages are installed once, and again when the requirements change", async () => {
  const project = projectWithTools();
  putPython(project);
  const first = await ensure(project);
  expect(first.stderr).toBe("");
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("Python packages installed") });
  expect((await ensure(project)).stdout).toBe("");
  expect(calls(project)).toHaveLength(2);
  writeFileSync(join(project.root, "toolchain", "requirements.txt"), "openpyxl==3.1.6\n");
  expect((await ensure(project)).code).toBe(0);
  expect(calls(project)).toHaveLength(4);
});

test("the index is pip's own: none is named", async () => {
  const project = projectWithTools();
  putPython(project);
  await ensure(project);
  expect(calls(project)[1]).toMatch(/^-m pip install .*--requirement .*requirements\.txt$/);
  expect(calls(project)[1]).not.toMatch(/index|https?:/);
});

test("without Python one line says what to install", async () => {
  const { code, stderr } = await ensure(makeProject());
  expect(code).toBe(1);
  expect(stderr).toBe(
    "set-up: the tests need python3, and there is none on PATH: install it (Debian, Ubuntu: apt install python3 python3-venv)\n",
  );
});

test("without its venv module too", async () => {
  const project = makeProject();
  script(join(project.bin, "python3"), 'echo "ensurepip is not available"; exit 1');
  const { code, stderr } = await ensure(project);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^set-up: the tests need Python's venv, and it is missing: .*apt install .*python3-venv\)\n$/);
});

test("what pip says is shown when it fails, and the next run tries again", async () => {
  const project = projectWithTools();
  putPython(project, 'echo "ERROR: no route to the index" >&2; exit 1');
  const { code, stderr } = await ensure(project);
  expect(code).toBe(1);
  expect(stderr).toMatch(/pip install failed; put right what it says:\n {2}ERROR: no route to the index/);
  expect(existsSync(join(project.root, ".pulumi", "python", ".requirements"))).toBe(false);
  putPython(project);
  expect((await ensure(project)).code).toBe(0);
});
