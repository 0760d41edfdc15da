// Checks certificates and private keys before any connection uses them. Runtimes say little about a wrong one, and some
// end the process.

import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { pemCertificates } from "../text/pem_certificates.ts";

const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/;

/** @throws {Error} where a certificate cannot be read */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return pemCertificates(pem).map((text) => new X509Certificate(text));
}

/** The end of the sentence "FILE …"; undefined for certificates. */
export function certificateFault(pem: string): string | undefined {
  try {
    if (parseCertificates(pem).length > 0) return undefined;
    return "holds no certificate, wanted PEM: -----BEGIN CERTIFICATE-----";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `holds a certificate that cannot be read: ${error.message}`;
  }
}

/** The end of the sentence "FILE …", without any part of the file; undefined for a private key. */
export function privateKeyFault(pem: string): string | undefined {
  if (ENCRYPTED_KEY.test(pem)) {
    return "holds a key that is encrypted, wanted one without a passphrase (openssl pkey -in KEY -out PLAIN_KEY)";
  }
  if (!PRIVATE_KEY.test(pem)) return "holds no private key, wanted PEM: -----BEGIN PRIVATE KEY-----";
  try {
    createPrivateKey(pem);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return "holds a private key that cannot be read";
  }
}

/** Whether the first certificate belongs to the key. */
export function isPair(pem: { readonly certificates: string; readonly key: string }): boolean {
  const spki = { type: "spki", format: "pem" } as const;
  const [certificate] = parseCertificates(pem.certificates);
  return certificate.publicKey.export(spki) === createPublicKey(pem.key).export(spki);
}
