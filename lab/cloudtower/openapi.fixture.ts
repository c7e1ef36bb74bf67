import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type SchemaValidateFunction, type ValidateFunction } from "ajv";
import { checked } from "./openapi-checked.fixture";
import type { TowerVersion } from "./tower-model";

/** Beside the project, where there is one. */
const BESIDE = join(__dirname, "..", "..", "..", "shared", "data");

/**
 * A folder with the vendor's cloudtower-openapi-4.6.0.json and -4.8.0.json; they are not ours to carry. Undefined
 * where none is given.
 */
export const OPENAPI_FOLDER =
  process.env["SITEWRIGHT_CLOUDTOWER_OPENAPI"] ??
  (existsSync(join(BESIDE, "cloudtower-openapi-4.6.0.json")) ? BESIDE : undefined);

interface Content {
  content?: Record<string, { schema: object }>;
}

interface Path {
  requestBody?: Content;
  responses: Record<string, Content>;
}

interface Document {
  paths: Record<string, Record<string, Path>>;
  components: { schemas: Record<string, object> };
}

interface Checker {
  document: Document;
  validatorOf(schema: object): ValidateFunction;
}

const checkers = new Map<TowerVersion, Checker>();

let requestsToo = false;

/** Whether requests are checked, too; other files' tests also send what no document has, as public clients do. */
export function checkRequests(from = true): void {
  requestsToo = from;
}

export interface Exchange {
  method: string;
  /** Without /v2/api. */
  path: string;
  request: unknown;
  status: number;
  answer: unknown;
  /** The header that every answer has. */
  requestId: string | undefined;
}

/**
 * Throws where an answer, or a request that was carried out, is not what the vendor's document of that version has.
 * Does nothing without the documents. An object where the document has an array is the runbook's way, and let pass.
 */
export function checkExchange(version: TowerVersion, exchange: Exchange): void {
  Object.assign(checked, { spoke: true, given: OPENAPI_FOLDER !== undefined });
  if (OPENAPI_FOLDER === undefined) return;
  const checker = checkerOf(version, OPENAPI_FOLDER);
  const { method, path, request, status, answer, requestId } = exchange;
  const documented = checker.document.paths[path]?.[method.toLowerCase()];
  if (!documented) throw new Error(`${version} has no ${method} ${path}`);
  if (!requestId) throw new Error(`${method} ${path}: no x-tower-request-id`);
  const wanted = schemaOf(documented.requestBody) as { type?: string } | undefined;
  const alone = wanted?.type === "array" && !Array.isArray(request) && status === 200;
  if (status === 200 && requestsToo) {
    if (wanted) check(checker, wanted, alone ? [request] : (request ?? {}), `request of ${path}`);
    checked.requests += 1;
  }
  // 401 is not in the document (facts, part B 5A 5); its body is taken to be an error's.
  const response = documented.responses[String(status)] ?? documented.responses["400"];
  const schema = schemaOf(response);
  if (response && !response.content) {
    if (answer !== undefined) throw new Error(`answer ${status} of ${path} has a body`);
    checked.answers += 1;
    return;
  }
  if (!schema) throw new Error(`${version} has no answer ${status} of ${path}`);
  check(checker, schema, alone ? [answer] : answer, `answer ${status} of ${path}`);
  checked.answers += 1;
}

/** Every call of a version's document, with its path as the wire has it; none without the documents. */
export function documentedCalls(version: TowerVersion): { method: string; path: string }[] {
  if (OPENAPI_FOLDER === undefined) return [];
  return Object.entries(checkerOf(version, OPENAPI_FOLDER).document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: `/v2/api${path}` })),
  );
}

/** The fields of a kind that have nested objects, and the kind that those are of; of the document of a version. */
export function documentedNested(version: TowerVersion, kind: string): Record<string, string> {
  if (OPENAPI_FOLDER === undefined) return {};
  const schema = checkerOf(version, OPENAPI_FOLDER).document.components.schemas[kind];
  if (!schema) throw new Error(`${version} has no schema of ${kind}`);
  const { properties = {} } = schema as { properties?: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(properties).flatMap(([field, of]) => {
      const kindOf = /#\/components\/schemas\/Nested(\w+)/.exec(JSON.stringify(of))?.[1];
      return kindOf === undefined ? [] : [[field, kindOf]];
    }),
  );
}

/** Throws where a request of another client is not what the vendor's document has. */
export function checkRequest(version: TowerVersion, path: string, request: unknown): void {
  Object.assign(checked, { spoke: true, given: OPENAPI_FOLDER !== undefined });
  if (OPENAPI_FOLDER === undefined) return;
  const checker = checkerOf(version, OPENAPI_FOLDER);
  const documented = checker.document.paths[path]?.["post"];
  if (!documented) throw new Error(`${version} has no POST ${path}`);
  const wanted = schemaOf(documented.requestBody);
  if (wanted) check(checker, wanted, request, `request of ${path}`);
  checked.requests += 1;
}

function schemaOf(content: Content | undefined): object | undefined {
  return content?.content?.["application/json"]?.schema;
}

function check({ validatorOf }: Checker, schema: object, value: unknown, what: string): void {
  const validate = validatorOf(schema);
  if (validate(value)) return;
  throw new Error(`${what}: ${errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

function errorsText(errors: ValidateFunction["errors"]): string {
  return (errors ?? []).map(({ instancePath, message }) => `data${instancePath} ${message}`).join(", ");
}

function checkerOf(version: TowerVersion, folder: string): Checker {
  const known = checkers.get(version);
  if (known) return known;
  const text = readFileSync(join(folder, `cloudtower-openapi-${version}.json`), "utf8");
  const document: Document = JSON.parse(text);
  const checker = { document, validatorOf: validators(document.components.schemas) };
  checkers.set(version, checker);
  return checker;
}

/**
 * Makes each schema's validator once, when a value first reaches it: conditions refer to one another, so that what one
 * request has need of would otherwise be compiled with all the others, which takes ten seconds a version. The compiler's
 * own optimizing of them takes longer than they ever run.
 */
function validators(schemas: Record<string, object>): Checker["validatorOf"] {
  const ajv = new Ajv({ strict: false, validateFormats: false, code: { optimize: false } });
  const made = new Map<object, ValidateFunction>();
  const validatorOf = (schema: object) => {
    const validate = made.get(schema) ?? ajv.compile(jsonSchema(schema) as object);
    made.set(schema, validate);
    return validate;
  };
  const refersTo: SchemaValidateFunction = (ref: string, value, _parent, at) => {
    const schema = schemas[ref.replace("#/components/schemas/", "")];
    if (!schema) throw new Error(`the document has no ${ref}`);
    const validate = validatorOf(schema);
    const fits = validate(value) as boolean;
    // Every validator tells its errors from where it began.
    refersTo.errors = (validate.errors ?? []).map((error) => {
      return { ...error, instancePath: `${at?.instancePath ?? ""}${error.instancePath}` };
    });
    return fits;
  };
  ajv.addKeyword({ keyword: "refersTo", schemaType: "string", validate: refersTo });
  return validatorOf;
}

/** OpenAPI 3.0 as JSON Schema: what may be null says so in its type, and a reference is followed when a value is there. */
function jsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonSchema);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, item]) =>
    key === "$ref" && typeof item === "string" ? ["refersTo", item] : [key, jsonSchema(item)],
  );
  const { nullable, ...schema } = Object.fromEntries(entries) as Record<string, unknown>;
  if (nullable === true) return { anyOf: [schema, { type: "null" }] };
  return nullable === undefined ? schema : { ...schema, nullable };
}
