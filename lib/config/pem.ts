// What is in the files of certificates and keys, as far as it can be told before anything is connected: a runtime says
// little of a wrong one when it is used, and some end the process.

import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/;

/** Takes the certificates of a PEM file apart. @throws Error where one of them cannot be read */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
}

/** Ends the sentence "FILE …"; undefined where it holds certificates. */
export function whyNoCertificates(pem: string): string | undefined {
  try {
    if (parseCertificates(pem).length > 0) return undefined;
    return "holds no certificate, wanted PEM: -----BEGIN CERTIFICATE-----";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `holds a certificate that cannot be read: ${error.message}`;
  }
}

/** As `whyNoCertificates`, of a private key. Nothing of the file is in what it says. */
export function whyNoPrivateKey(pem: string): string | undefined {
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

/** Whether the first certificate is that of the key. */
export function isPair(pem: { readonly certificates: string; readonly key: string }): boolean {
  const spki = { type: "spki", format: "pem" } as const;
  const [certificate] = parseCertificates(pem.certificates);
  return certificate.publicKey.export(spki) === createPublicKey(pem.key).export(spki);
}
