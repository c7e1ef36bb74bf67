import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { kinds } from "../providers/handler";
import { SecretTerm, Term } from "../providers/kernel/example";
import { markSecrets } from "../providers/kernel/schema";
import { exampleCode } from "./schema-page-example";

const root = join(__dirname, "..");
const all = kinds.map((kind) => [kind.type, kind] as const);

test.each(all)("%s has an example", (_type, kind) => {
  expect(kind.example).toBeDefined();
});

/** The program of a page, in the project's folder as a user's would be, without being there. */
const pages = new Map(
  kinds.map((kind) => [join(root, `example-${kind.type.replace(":", "-")}.ts`), exampleCode(kind).join("\n")]),
);

test("the code on every page is a program that the compiler takes, as strictly as the project's own", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => pages.has(file) || fileExists(file);
  host.readFile = (file) => pages.get(file) ?? readFile(file);
  const program = ts.createProgram([...pages.keys()], { ...options, noEmit: true }, host);
  const problems = [...pages.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(
    problems.map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, "\n")]),
  ).toEqual([]);
  expect([...pages.keys()].filter((file) => existsSync(file))).toEqual([]);
});

test.each(all)("the example of %s has no secret, but which setting holds it", (_type, { inputs, example }) => {
  const secrets: unknown[] = [];
  const isTerm = (value: unknown) => value instanceof Term;
  markSecrets(inputs, { ...example?.args, ...example?.changed }, (value) => secrets.push(value), isTerm);
  expect(secrets.filter((value) => !(value instanceof SecretTerm))).toEqual([]);
});
