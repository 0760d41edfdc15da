// Explains why a broker's certificate was rejected. The TLS library's own message says little, so the certificate itself
// is examined. Nothing is trusted because of the result: the connection has failed already.

import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { pemCertificates } from "../../text/pem_certificates.ts";
import type { ConnectionFault } from "./kafka_error.ts";

export interface RejectedCertificate {
  readonly raw: Uint8Array;
  /** Such as `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string | undefined;
}

export interface Expectation {
  /** A host name or an IP address. */
  readonly serverName: string;
  readonly ca?: string | undefined;
  readonly nowMs: number;
}

export interface CertificateFault {
  readonly fault: ConnectionFault;
  readonly reason: string;
}

export function findCertificateFault(
  rejected: RejectedCertificate,
  { serverName, ca, nowMs }: Expectation,
): CertificateFault | undefined {
  const certificate = new X509Certificate(rejected.raw);
  const name = formatName(certificate.subject);
  const dateFault = findDateFault(certificate, `the broker's certificate (${name})`, nowMs);
  if (dateFault !== undefined) return dateFault;

  const names = (rejected.subjectaltname ?? "").split(", ").filter((name) => name !== "")
    .map((name) => name.replace(/^(DNS|IP Address):/, ""));
  if (!names.some((name) => matches(name, serverName))) {
    const isFor = names.length === 0 ? "no host" : names.join(", ");
    const remedy =
      "use a name of the certificate in brokers and advertised.listeners, or set tls.server_name";
    const reason = `the broker's certificate is for ${isFor}, not for ${serverName}: ${remedy}`;
    return { fault: "wrong-name", reason };
  }

  const authorities = pemCertificates(ca ?? "").map((pem) => new X509Certificate(pem));
  const signer = authorities.find(({ subject }) => subject === certificate.issuer);
  const issuer = formatName(certificate.issuer);
  if (signer !== undefined) {
    return findDateFault(signer, `the authority's certificate in tls.ca_file (${issuer})`, nowMs);
  }
  const remedy = ca === undefined ? "set tls.ca_file" : "add it to tls.ca_file";
  const state = certificate.subject === certificate.issuer
    ? `is self-signed (${name})`
    : `is signed by an unknown authority (${issuer})`;
  return { fault: "unknown-authority", reason: `the broker's certificate ${state}: ${remedy}` };
}

function findDateFault(
  { validFrom, validTo }: X509Certificate,
  what: string,
  nowMs: number,
): CertificateFault | undefined {
  if (nowMs > Date.parse(validTo)) {
    return { fault: "certificate-expired", reason: `${what} expired at ${formatTime(validTo)}: renew it` };
  }
  if (nowMs >= Date.parse(validFrom)) return undefined;
  const clock = `the clock of this machine says ${formatTime(nowMs)}`;
  return {
    fault: "certificate-not-yet-valid",
    reason: `${what} is not valid before ${formatTime(validFrom)}: ${clock}`,
  };
}

function formatTime(time: string | number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** A distinguished name has one line per part. */
function formatName(name: string): string {
  return name.split("\n").join(", ");
}

function matches(pattern: string, serverName: string): boolean {
  const [name, wanted] = [pattern.toLowerCase(), serverName.toLowerCase()];
  if (!name.startsWith("*.") || isIP(wanted) !== 0) return name === wanted;
  return wanted.includes(".") && wanted.slice(wanted.indexOf(".")) === name.slice(1);
}
