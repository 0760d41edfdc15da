// Why a broker's certificate was refused. What refuses it says little, and each runtime says it otherwise; so the
// certificate itself is looked at. Nothing is trusted because of what is found here: it has been refused by then.

import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { ConnectionFault } from "./kafka_error.ts";

export interface RefusedCertificate {
  /** DER. */
  readonly raw: Uint8Array;
  /** Such as `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string | undefined;
}

export interface Expectation {
  /** A host name or an IP address. */
  readonly serverName: string;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly nowMs: number;
}

export interface CertificateFault {
  readonly fault: ConnectionFault;
  readonly reason: string;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Undefined where it looks as it should. */
export function findCertificateFault(
  refused: RefusedCertificate,
  { serverName, ca, nowMs }: Expectation,
): CertificateFault | undefined {
  const certificate = new X509Certificate(refused.raw);
  const name = shown(certificate.subject);
  const dated = findDateFault(certificate, `the broker's certificate (${name})`, nowMs);
  if (dated !== undefined) return dated;

  const names = parseNames(refused.subjectaltname ?? "");
  if (!names.some((name) => matches(name, serverName))) {
    const there = names.length === 0 ? "for no host" : `for ${names.join(", ")}`;
    const remedy = `name the broker so in brokers and in its advertised.listeners, or set tls.server_name`;
    return {
      fault: "wrong-name",
      reason: `the broker's certificate is ${there}, not for ${serverName}; ${remedy}`,
    };
  }

  const authorities = (ca?.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
  const signer = authorities.find(({ subject }) => subject === certificate.issuer);
  const issuer = shown(certificate.issuer);
  if (signer !== undefined) {
    return findDateFault(signer, `the authority's certificate in tls.ca_file (${issuer})`, nowMs);
  }
  const remedy = ca === undefined ? "set tls.ca_file" : "tls.ca_file does not hold it";
  if (certificate.subject === certificate.issuer) {
    const reason = `the broker's certificate is self-signed (${name}); ${remedy}`;
    return { fault: "unknown-authority", reason };
  }
  const reason =
    `the broker's certificate is signed by an authority that is not known (${issuer}); ${remedy}`;
  return { fault: "unknown-authority", reason };
}

function findDateFault(
  { validFrom, validTo }: X509Certificate,
  what: string,
  nowMs: number,
): CertificateFault | undefined {
  const [from, to] = [validFrom, validTo].map(parseDate);
  if (nowMs > to.getTime()) {
    return { fault: "certificate-expired", reason: `${what} ran out at ${format(to)}; it has to be renewed` };
  }
  if (nowMs >= from.getTime()) return undefined;
  const clock = `by the clock of this machine it is ${format(new Date(nowMs))}`;
  return {
    fault: "certificate-not-yet-valid",
    reason: `${what} is not valid before ${format(from)}; ${clock}`,
  };
}

/** `Mar  5 07:55:42 2027 GMT`; Deno 2.6 says `+00:00` for `GMT`. */
function parseDate(text: string): Date {
  return new Date(text.replace("+00:00", "GMT"));
}

function format(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

/** A distinguished name has a line for each part. */
function shown(name: string): string {
  return name.split("\n").join(", ");
}

/** Deno 2.6 shows IP addresses as the hexadecimal digits that they are kept as. */
function parseNames(subjectAltName: string): string[] {
  const names = subjectAltName.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return names.filter((name) => name !== "").map((name) =>
    /^[0-9A-F]{8}$/.test(name) ? name.match(/../g)!.map((byte) => parseInt(byte, 16)).join(".") : name
  );
}

function matches(pattern: string, serverName: string): boolean {
  const [name, wanted] = [pattern.toLowerCase(), serverName.toLowerCase()];
  if (!name.startsWith("*.") || isIP(wanted) !== 0) return name === wanted;
  return wanted.includes(".") && wanted.slice(wanted.indexOf(".")) === name.slice(1);
}
