import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./project";

/**
 * Whether everybody can read the secrets of a stack, since their passphrase is empty or the one that `npm run pulumi` uses
 * unless it is given another. Told by its `encryptionsalt`: v1, the salt, and a word encrypted with the
 * passphrase by which Pulumi tells a right one (its passphrase secrets manager: PBKDF2 with SHA-256, a million rounds,
 * AES-256-GCM).
 */
export async function isKnownPassphrase(encryptionsalt: string): Promise<boolean> {
  const engine = pathToFileURL(join(projectRoot, "toolchain", "engine.mjs")).href;
  const { PUBLIC_PASSPHRASE } = (await import(engine)) as typeof import("../toolchain/engine.mjs");
  const [version, salt = "", cipher, nonce = "", text = ""] = encryptionsalt.split(":");
  if (version !== "v1" || cipher !== "v1") return false;
  const sealed = Buffer.from(text, "base64");
  return [PUBLIC_PASSPHRASE, ""].some((passphrase) => {
    const key = pbkdf2Sync(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(sealed.subarray(-16));
      decipher.update(sealed.subarray(0, -16));
      decipher.final();
      return true;
    } catch {
      return false;
    }
  });
}
