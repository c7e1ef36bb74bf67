import { exampleArgs, exampleOrder, systemOf } from "../providers/examples";
import { kinds } from "../providers/handler";
import { FileTerm, OutputTerm, SecretTerm, type Term, withTerms } from "../providers/kernel/example";
import { type Kind, kindName } from "../providers/kernel/resource";
import { Code, literal } from "./source-text";

/** Columns of a line of code. */
const WIDTH = 100;

/** The example of a kind as lines of TypeScript: a program in the project's folder, with all that it stands on. */
export function exampleCode(kind: Kind): string[] {
  const order = exampleOrder(kind);
  const imports = new Set<string>();
  const constants = new Set<string>();
  const { connection } = systemOf(kind);

  const statements = order.map((each) => {
    const declared = each === kind ? "" : `const ${variableOf(each)} = `;
    const start = `${declared}new ${kindName(each)}("${fileOf(each)}", `;
    return `${start}${literal(argsOf(each), WIDTH - start.length - 2)});`;
  });
  for (const each of order)
    imports.add(`import { ${kindName(each)} } from "./providers/${systemOf(each).name}/${fileOf(each)}";`);
  return [...imports, "", ...constants, ...statements].flatMap((text) => text.split("\n"));

  /** A connection is written once for all that have the system's own. */
  function argsOf(each: Kind): Record<string, unknown> {
    const args = exampleArgs(each);
    const written = withTerms(args, codeOf) as Record<string, unknown>;
    if (!connection || args.connection !== connection) return written;
    const start = "const connection = ";
    constants.add(`${start}${literal(connection, WIDTH - start.length - 1)};`);
    return { ...written, connection: new Code("connection") };
  }

  function codeOf(term: Term<unknown>): Code {
    if (term instanceof OutputTerm) {
      const referred = kinds.find(({ type }) => type === term.type) as Kind;
      const path = term.path.map((part) => (typeof part === "number" ? `[${part}]!` : `.${part}`));
      return new Code(`${variableOf(referred)}${path.join("")}`);
    }
    if (term instanceof SecretTerm) {
      imports.add('import * as pulumi from "@pulumi/pulumi";');
      constants.add("const config = new pulumi.Config();");
      return new Code(`config.requireSecret("${term.setting}")`);
    }
    if (!(term instanceof FileTerm)) throw new Error(`${kind.type}: an example has a term of no known sort`);
    if (term.fact === "size") {
      imports.add('import { statSync } from "node:fs";');
      return new Code(`statSync("${term.file}").size`);
    }
    imports.add('import { createHash } from "node:crypto";');
    imports.add('import { readFileSync } from "node:fs";');
    return new Code(`createHash("sha256").update(readFileSync("${term.file}")).digest("hex")`);
  }
}

/** The file that defines a kind, without its ending: `cloudtower-installation`; so a resource of it is named, too. */
function fileOf(kind: Kind): string {
  // The vendor writes CloudTower with two capitals, as one word.
  const words = kindName(kind).replace("CloudTower", "Cloudtower");
  return words.replace(/\B[A-Z]/g, "-$&").toLowerCase();
}

function variableOf(kind: Kind): string {
  const name = kindName(kind);
  return `${name[0]?.toLowerCase()}${name.slice(1)}`;
}
