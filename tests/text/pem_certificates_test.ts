import assert from "node:assert/strict";
import { pemCertificates } from "../../lib/text/pem_certificates.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const [one, two] = ["MIIB", "MIIC"].map((text) => `${BEGIN}\n${text}\n${END}`);

Deno.test("pemCertificates() finds whole certificates among other text", () => {
  const rows: [pem: string, ...found: string[]][] = [
    [""],
    ["text"],
    [one, one],
    [`subject=x\n${one}\n-----BEGIN PRIVATE KEY-----\n${two}\n`, one, two],
    [`${END}\n${one}${two}${BEGIN}`, one, two],
    [BEGIN],
    [BEGIN.repeat(100_000)],
  ];
  for (const [pem, ...found] of rows) assert.deepEqual(pemCertificates(pem), found, pem.slice(0, 80));
});
