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

/** What came with a request. */
export interface ReadBody {
  /** Parsed JSON, a form as an object of its fields, other text as it is, nothing as undefined. */
  body: unknown;
  /** The bytes of the file in the form; with several, of the last. */
  file?: Uint8Array;
}

export async function readBody(request: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return { body: undefined };
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data")) return readForm(bytes, type);
  const text = bytes.toString("utf8");
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { body: text };
  }
}

/** A form that ends before its last boundary is none: undefined. */
async function readForm(bytes: Buffer<ArrayBuffer>, type: string): Promise<ReadBody> {
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const body: Record<string, string | SentFile> = {};
    let file: Uint8Array | undefined;
    for (const [name, value] of form) {
      if (typeof value === "string") {
        body[name] = value;
        continue;
      }
      file = new Uint8Array(await value.arrayBuffer());
      body[name] = { filename: value.name, size: value.size, sha256: createHash("sha256").update(file).digest("hex") };
    }
    return { body, ...(file && { file }) };
  } catch {
    return { body: undefined };
  }
}
