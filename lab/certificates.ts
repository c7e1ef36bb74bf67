import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import forge from "node-forge";
import { writeWhole } from "./write-whole";

export interface Authority {
  /** PEM of the authority's certificate: what a client trusts. */
  ca: string;
  /** The same in a file, for clients that want one. */
  caFile: string;
  /** Key and certificate for addresses, named by the first, signed by the authority; the same ones each time. */
  issue(...addresses: string[]): { key: string; cert: string };
}

const YEAR = 365 * 24 * 3_600_000;

/** The lab's own authority, made at the first start, unless one lies in its folder already, and kept there. */
export function openAuthority(folder: string): Authority {
  const file = join(folder, "authority.json");
  const isKept = existsSync(file);
  const kept = isKept ? readAuthority(file) : makeAuthority();
  const save = () => writeWhole(file, JSON.stringify(kept));
  if (!isKept) save();
  const caFile = join(folder, "ca.pem");
  writeWhole(caFile, kept.ca, 0o644);
  const signer = forge.pki.certificateFromPem(kept.ca);
  const signingKey = createPrivateKey(kept.caKey);

  return {
    ca: kept.ca,
    caFile,
    issue(...addresses) {
      const names = addresses.join(",");
      const known = kept.issued[names];
      if (known) return known;
      const certificate = blank(addresses[0] ?? "", kept.key);
      certificate.setIssuer(signer.subject.attributes);
      certificate.setExtensions([
        { name: "basicConstraints", cA: false },
        { name: "subjectAltName", altNames: addresses.map((ip) => ({ type: 7, ip })) },
      ]);
      signBy(signingKey, certificate);
      // One key serves all addresses: making an RSA key for each of 16 hosts takes seconds.
      const issued = { key: kept.key, cert: forge.pki.certificateToPem(certificate) };
      kept.issued[names] = issued;
      save();
      return issued;
    },
  };
}

function readAuthority(file: string): Kept {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch (error) {
    throw new Error(
      `the lab's authority ${file} cannot be read (${(error as Error).message}); remove its folder to begin anew`,
    );
  }
}

interface Kept {
  ca: string;
  caKey: string;
  key: string;
  issued: Record<string, { key: string; cert: string }>;
}

function makeAuthority(): Kept {
  const [caKey, key] = [rsaKey(), rsaKey()];
  // A name of its own: a client that trusts several labs finds the authority of a certificate by it.
  const certificate = blank(`Sitewright lab authority ${randomBytes(4).toString("hex")}`, caKey);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ]);
  signBy(createPrivateKey(caKey), certificate);
  return { ca: forge.pki.certificateToPem(certificate), caKey, key, issued: {} };
}

/** Signs a certificate by Node's own crypto: forge's RSA, which is JavaScript, takes 30 times as long. */
function signBy(key: KeyObject, certificate: forge.pki.Certificate): void {
  const signer = {
    // forge has put together what is to be signed by then.
    sign() {
      const der = forge.asn1.toDer(certificate.tbsCertificate).getBytes();
      return sign("sha256", Buffer.from(der, "binary"), key).toString("binary");
    },
  };
  certificate.sign(signer as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
}

function blank(name: string, keyPem: string): forge.pki.Certificate {
  const key = forge.pki.privateKeyFromPem(keyPem) as forge.pki.rsa.PrivateKey;
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`;
  certificate.validity.notBefore = new Date(Date.now() - 24 * 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + 10 * YEAR);
  certificate.setSubject([{ name: "commonName", value: name }]);
  return certificate;
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}
