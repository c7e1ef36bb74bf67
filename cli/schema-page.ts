import { z } from "zod";
import { sitePlanSchema } from "../plan/site-plan";
import { vmsPlanSchema } from "../plan/vms/vms-plan";
import { systems } from "../providers/handler";
import { timeoutOf } from "../providers/kernel/context";
import { formatDuration } from "../providers/kernel/duration";
import { timeoutKnob } from "../providers/kernel/kind-names";
import { type Kind, kindName } from "../providers/kernel/resource";
import { exampleCode } from "./schema-page-example";
import { VMS_PAGE } from "./vms-page";

interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  anyOf?: JsonSchema[];
  format?: string;
  secret?: boolean;
  replaces?: boolean;
}

const SORTS: Record<Kind["sort"], string> = {
  object:
    "An **object**: found or created, kept in sync, deleted. One that stands already and is not known to be this stack's is refused unless `adopt` names it.",
  setting: "A **setting**: always there. Creating sets it; deleting leaves the value and says so.",
  "one-way":
    "**One-way**: done once and taken when it stands as planned. A changed input is refused at preview; it is never replaced; deleting lets go of it with a warning.",
  "look-up": "A **look-up**: read only.",
};

export function resourcePageName(kind: Kind): string {
  return `${kind.type.replace(":", "-")}.md`;
}

/** The page of a kind, in Markdown, from nothing but its own definition. */
export function resourcePage(kind: Kind): string {
  const lines = [
    `# ${kindName(kind)}`,
    "",
    `<!-- Written by \`npm run docs\` from the kind's schema; edit the schema instead. -->`,
    "",
    `\`${kind.type}\`. ${kind.doc}`,
    "",
    SORTS[kind.sort],
    "",
    "## Example",
    "",
    "```ts",
    ...exampleCode(kind),
    "```",
    "",
    "## Inputs",
    "",
    ...table(schemaOf(kind.inputs)),
    "",
    "## Outputs",
    "",
    ...(Object.keys(kind.outputs.shape).length > 0 ? table(schemaOf(kind.outputs)) : ["None beside the inputs."]),
  ];
  if (kind.sort === "one-way") {
    lines.push("", "## When the plan asks for something else", "");
    for (const [field, procedure] of Object.entries(kind.procedures)) {
      lines.push(`- ${field ? `\`${field}\`` : "anything else"}: ${procedure}`);
    }
    for (const [field, advice] of Object.entries(kind.standsOn ?? {})) {
      lines.push(`- \`${field}\`: nothing is changed, and preview warns: ${advice}`);
    }
    if (kind.free?.length) lines.push(`- may change at any time: ${kind.free.map((name) => `\`${name}\``).join(", ")}`);
  }
  lines.push("", "## Time-outs", "", "| operation | unless set |", "|---|---|");
  for (const operation of ["create", "read", "update", "delete"] as const) {
    lines.push(`| ${operation} | ${formatDuration(timeoutOf(kind, operation, {}))} |`);
  }
  const knob = timeoutKnob(kind.type, "create");
  const path = knob.includes("[") ? `'${knob}'` : knob; // a shell would take the brackets for itself
  lines.push("", `Set with \`pulumi config set --path ${path} 90m\`, or \`customTimeouts\` in a program.`, "");
  return lines.join("\n");
}

/** The page that leads to those of all kinds, in Markdown: each system with its kinds, their sorts and what they are. */
export function resourceIndex(): string {
  const lines = [
    "# Resources",
    "",
    "<!-- Written by `npm run docs` from what providers/*/kinds.ts registers. -->",
    "",
    "Every kind of resource by the system that it belongs to. docs/kernel.md says what an object, a setting, a one-way",
    "resource and a look-up are.",
  ];
  for (const { title, doc, resources } of systems) {
    lines.push("", `## ${title}`, "", doc, "", "| kind | sort | what |", "|---|---|---|");
    for (const { kind } of resources)
      lines.push(`| [${kindName(kind)}](${resourcePageName(kind)}) | ${kind.sort} | ${firstSentence(kind.doc)} |`);
  }
  return [...lines, ""].join("\n");
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

/** The page of site.yaml, in Markdown, from the plan's own schema. */
export function siteYamlPage(): string {
  return [
    "# site.yaml",
    "",
    "<!-- Written by `npm run docs` from the plan's schema; edit the schema instead. -->",
    "",
    "A site's plan as YAML 1.2: the same content as the planning workbook, whose cells are named on the right.",
    "`npx sitewright plan convert` turns one into the other, `stacks/example/site.yaml` is an example. Text that looks",
    "like a number goes in quotes. Passwords may be left out: they are looked for in the environment and in the stack's",
    "secrets first.",
    "",
    ...table(schemaOf(sitePlanSchema)),
    "",
  ].join("\n");
}

/** The page of vms.yaml, in Markdown, from the plan's own schema. */
export function vmsYamlPage(): string {
  const { defaults, ...fields } = vmsPlanSchema.shape;
  const shown = z.strictObject({
    ...fields,
    defaults: z
      .strictObject({})
      .optional()
      .describe(defaults.description ?? ""),
  });
  return [
    "# vms.yaml",
    "",
    "<!-- Written by `npm run docs` from the plan's schema and cli/vms-page.ts; edit those instead. -->",
    "",
    VMS_PAGE,
    "",
    "## Fields",
    "",
    ...table(schemaOf(shown)),
    "",
  ].join("\n");
}

/** The fields of a schema as a table, in Markdown. */
export function schemaTable(schema: z.ZodObject): string[] {
  return table(schemaOf(schema));
}

function schemaOf(schema: z.ZodObject): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

function table(schema: JsonSchema): string[] {
  return ["| field | type | | what |", "|---|---|---|---|", ...rows(schema, "")];
}

function rows(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const traits = [
      schema.required?.includes(name) ? "required" : "optional",
      field.secret ? "secret" : "",
      field.replaces ? "a change replaces" : "",
    ].filter(Boolean);
    const own = `| \`${path}\` | ${typeText(field)} | ${traits.join(", ")} | ${field.description ?? ""} |`;
    const inner = field.items ? rows(field.items, `${path}[].`) : rows(field, `${path}.`);
    return [own, ...inner];
  });
}

/** One of several types: there is no row for the fields of an object among them. */
function alternative(field: JsonSchema): string {
  const fields = Object.entries(field.properties ?? {}).map(([name, inner]) => `${name}: ${typeText(inner)}`);
  return fields.length > 0 ? `\`{ ${fields.join(", ")} }\`` : typeText(field);
}

function typeText(field: JsonSchema): string {
  const fallback =
    field.default === undefined || typeof field.default === "object"
      ? ""
      : `, default \`${JSON.stringify(field.default)}\``;
  if (field.anyOf) return field.anyOf.map(alternative).join(" or ");
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\`${fallback}`;
  if (field.enum) return `${field.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ")}${fallback}`;
  if (field.items) return `list of ${typeText(field.items)}${field.minItems ? `, at least ${field.minItems}` : ""}`;
  const { minimum, maximum } = field;
  const bounded = minimum !== undefined && Math.abs(minimum) < 1e9;
  const range = !bounded
    ? ""
    : maximum !== undefined && maximum < 1e15
      ? ` ${minimum} to ${maximum}`
      : ` from ${minimum}`;
  return `${field.format ?? field.type ?? "any"}${range}${fallback}`;
}
