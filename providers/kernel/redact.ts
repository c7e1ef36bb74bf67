const MARK = "***";
const SHORTEST = 4;

/** Every form under which a registered secret may show up in a text. */
const forms = new Set<string>();

/**
 * Tells the process that this value must never be shown. Values under 4 characters are ignored: blanking
 * every "1" or "no" would make messages unreadable, and such a value is no secret.
 */
export function registerSecret(value: string | undefined): void {
  if (value === undefined) return;
  for (const form of secretForms(value)) forms.add(form);
}

/**
 * A secret as it stands, and as JSON, a URL, a form, HTML or base64 would write it; none when it is too
 * short to count as a secret.
 */
export function secretForms(value: string): string[] {
  const found = new Set<string>();
  for (const text of new Set([value, value.trim()])) {
    if (text.length < SHORTEST) continue;
    found.add(text);
    for (const json of jsonForms(text)) found.add(json);
    // Vendors put JSON into strings of JSON (a task's error_message), so it is escaped twice.
    for (const json of jsonForms(JSON.stringify(text).slice(1, -1))) found.add(json);
    for (const url of urlForms(text)) found.add(url);
    found.add(text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;"));
    for (const base64 of base64Forms(text)) found.add(base64);
  }
  return [...found];
}

function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const slashes = json.replaceAll("/", "\\/");
  const ascii = json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [json, slashes, ascii];
}

function urlForms(text: string): string[] {
  const wellFormed = Buffer.from(text).toString(); // encodeURIComponent throws on half a surrogate pair
  const component = encodeURIComponent(wellFormed);
  const form = new URLSearchParams({ a: wellFormed }).toString().slice(2);
  return [component, form, form.replaceAll("+", "%20")].flatMap((url) => [url, lowerCaseEscapes(url)]);
}

function lowerCaseEscapes(url: string): string {
  return url.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
}

/**
 * The value's own base64, and what it looks like inside the base64 of a longer text (`user:password`),
 * where it may start at any of three offsets and its first and last characters mix with its neighbours.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const own = bytes.toString("base64").replace(/=+$/, "");
  const inside = [0, 1, 2]
    .map((offset) => {
      const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
      return whole.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 8) / 6));
    })
    // Shorter pieces would be found in texts that have nothing to do with the secret.
    .filter((piece) => piece.length >= 8);
  return [own, ...inside].flatMap((base64) => [base64, base64.replaceAll("+", "-").replaceAll("/", "_")]);
}

/** The text with every registered secret, in any of its forms, replaced by `***`. */
export function redact(text: string): string {
  const spans: [number, number][] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) spans.push([at, at + form.length]);
  }
  if (spans.length === 0) return text;
  // Secrets may overlap; their union is blanked, so that no end of one stays behind another.
  spans.sort((a, b) => a[0] - b[0]);
  let result = "";
  let done = 0;
  for (const [start, end] of spans) {
    if (start >= done) result += text.slice(done, start) + MARK;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

const SECRET_KEY =
  /pass(word|wd|phrase)|passwd|pwd|token|secret|authori[sz]ation|cookie|private_?key|api_?key|encoded|connect\.sid/i;

/** Whether a key's name says that its value is a secret. */
function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.replaceAll("-", "_"));
}

/**
 * A copy of a JSON-like value that may be shown: registered secrets are blanked in every text, and so is
 * whatever stands under a key that looks like a secret (password, token, authorization, encoded …). Flags
 * under such a key (`encrypted: false`) stay.
 */
export function redactValue(value: unknown): unknown {
  return copyRedacted(value, []);
}

function copyRedacted(value: unknown, above: object[]): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "(circular)";
  const path = [...above, value];
  if (Array.isArray(value)) return value.map((item) => copyRedacted(item, path));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redact(key),
      isSecretKey(key) && !isFlag(item) ? MARK : copyRedacted(item, path),
    ]),
  );
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "boolean";
}

const SECRET_FIELD = /"([^"\\]{1,60})"(\s*:\s*)"((?:[^"\\]|\\.)*)"?/g;

/** A text that came over the wire, fit to be shown: JSON, whole or cut off, loses what stands under secret keys. */
export function redactWire(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return JSON.stringify(redactValue(value));
  } catch {
    // not JSON, or not all of it
  }
  const blanked = text.replace(SECRET_FIELD, (field, key: string, colon: string) =>
    isSecretKey(key) ? `"${key}"${colon}"${MARK}"` : field,
  );
  return redact(blanked);
}
