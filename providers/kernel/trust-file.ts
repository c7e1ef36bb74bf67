import { dirname, join } from "node:path";
import { isMap, isScalar, type Pair, parseDocument, Scalar } from "yaml";
import { z } from "zod";
import { BadFile } from "./errors";
import { readIfThere, replaceFile } from "./files";
import { endpointName, endpointSchema, parseEndpoint } from "./reach";

const TLS_FINGERPRINT = /^sha256:([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;
const SSH_FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

const pins = (fingerprint: RegExp, form: string) =>
  z.record(endpointSchema, z.string().regex(fingerprint, `must be ${form}`)).nullish();

const trustSchema = z.strictObject({
  tls: pins(TLS_FINGERPRINT, "sha256:AB:CD:… with 32 bytes"),
  ssh: pins(SSH_FINGERPRINT, "SHA256: and the base64 that ssh-keygen -l prints"),
  ca: z.array(z.string().min(1)).nullish(),
});

/** The content of a stack's trust.yaml, its endpoints in their canonical spelling. */
export interface TrustFile {
  /** `10.0.20.11:443` → `sha256:AB:CD:…` */
  tls: Record<string, string>;
  /** `10.0.20.11:22` → `SHA256:base64` */
  ssh: Record<string, string>;
  /** PEM texts of the authorities. */
  ca: string[];
}

const HEADER = ` Whom this stack trusts, by the endpoint's name in the plan. Belongs into version control.
   tls: "10.0.20.11:443": "sha256:AB:CD:…"  (openssl x509 -noout -fingerprint -sha256)
   ssh: "10.0.20.11:22": "SHA256:…"         (ssh-keygen -l); a known_hosts file beside this one counts too
   ca: files with the certificates of authorities, relative to this file`;

/** Reads trust.yaml; a missing file is an empty one. Throws BadFile where the file is no trust.yaml. */
export function readTrustFile(file: string): TrustFile {
  const data = check(file, parse(file, readIfThere(file) ?? ""));
  return {
    tls: named(data.tls ?? {}),
    ssh: named(data.ssh ?? {}),
    ca: (data.ca ?? []).map((path) => readAuthority(join(dirname(file), path), file)),
  };
}

/**
 * Writes a fingerprint into trust.yaml, in place of an older one. Comments and order of sections stay, the
 * endpoints are sorted. The file is replaced whole, so that a kill leaves the old or the new one.
 */
export function keepFingerprint(file: string, section: "tls" | "ssh", endpoint: string, fingerprint: string): void {
  const text = readIfThere(file);
  const document = parse(file, text ?? "");
  check(file, document);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  if (text === undefined) document.commentBefore = HEADER;
  if (!isMap(document.get(section))) document.set(section, document.createNode({}));
  const map = document.get(section);
  if (!isMap(map)) throw new BadFile(`${file}: "${section}" is not a map`);
  map.items = map.items.filter((item) => canonical(keyOf(item)) !== endpoint);
  map.items.push(document.createPair(quoted(endpoint), quoted(fingerprint)) as Pair);
  map.items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  replaceFile(file, document.toString({ lineWidth: 0 }), { mode: 0o644 });
}

function parse(file: string, text: string) {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) throw new BadFile(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  return document;
}

function check(file: string, document: ReturnType<typeof parse>): z.output<typeof trustSchema> {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (error) {
    throw new BadFile(`${file} is not a trust file: ${(error as Error).message}`, undefined, { cause: error });
  }
  const result = trustSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue && issue.path.length > 0 ? ` at ${z.core.toDotPath(issue.path)}` : "";
  throw new BadFile(`${file}${at}: ${issue?.message ?? "not a trust file"}`, "its sections are tls, ssh and ca");
}

function named(pinned: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(pinned).map(([endpoint, value]) => [canonical(endpoint), value]));
}

function canonical(endpoint: string): string {
  const { host, port } = parseEndpoint(endpoint);
  return endpointName(host, port);
}

function keyOf(item: Pair): string {
  return String(isScalar(item.key) ? item.key.value : item.key);
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function readAuthority(path: string, file: string): string {
  const pem = readIfThere(path);
  if (!pem?.includes("BEGIN CERTIFICATE")) {
    throw new BadFile(
      `${file} names ${path} as an authority, but ${pem === undefined ? "it is not there" : "it is no PEM"}`,
    );
  }
  return pem;
}
