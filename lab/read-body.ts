import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A file that came in a form: its digest instead of its bytes, so that neither the record nor the model grows. */
export interface SentFile {
  filename: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
}

/** Reads a request's body: parsed JSON, a form as an object of its fields, other text as it is, nothing as undefined. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return undefined;
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data")) return readForm(bytes, type);
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A form that ends before its last boundary is none: undefined. */
async function readForm(bytes: Buffer<ArrayBuffer>, type: string): Promise<unknown> {
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const fields = [...form].map(async ([name, value]) => [name, await fieldOf(value)] as const);
    return Object.fromEntries(await Promise.all(fields));
  } catch {
    return undefined;
  }
}

async function fieldOf(value: string | File): Promise<string | SentFile> {
  if (typeof value === "string") return value;
  const sha256 = createHash("sha256").update(new Uint8Array(await value.arrayBuffer()));
  return { filename: value.name, size: value.size, sha256: sha256.digest("hex") };
}
