// Finds the certificates in a file of PEM.

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Each certificate with its first and last line, in order. O(characters) */
export function pemCertificates(pem: string): readonly string[] {
  const found: string[] = [];
  for (let start = pem.indexOf(BEGIN); start >= 0; start = pem.indexOf(BEGIN, start)) {
    const last = pem.indexOf(END, start);
    if (last < 0) break;
    found.push(pem.slice(start, last + END.length));
    start = last + END.length;
  }
  return found;
}
