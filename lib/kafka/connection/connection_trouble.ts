// Finds out why a broker that listens does not serve this client. A broker that gets the wrong protocol mostly just
// closes the connection, so this file connects in other ways until one of them explains it. It sends only requests that
// need no login, and never a password.

import type { BrokerSecurity, TlsSettings } from "./broker_security.ts";
import {
  type BrokerTarget,
  type ConnectLimits,
  HandshakeError,
  peekCertificate,
  serverNameOf,
} from "./broker_socket.ts";
import { findCertificateFault } from "./certificate_fault.ts";
import {
  asBrokerConnectionError,
  BrokerConnectionError,
  NoAnswerError,
  UnreadableAnswerError,
} from "./kafka_error.ts";
import { offeredMechanisms, type SaslConnection } from "./sasl.ts";

const MAX_DIAGNOSES = 256;

/** One attempt to connect, and a way to try the same target differently. */
export interface ConnectionAttempt {
  readonly target: BrokerTarget;
  readonly clientId: string;
  readonly security: BrokerSecurity;
  readonly limits: ConnectLimits;
  readonly diagnoses: Diagnoses;
  /** Uses a connection with other TLS settings and without a login; undefined if it fails. */
  tryOtherwise<T>(
    tls: TlsSettings | undefined,
    use: (connection: SaslConnection) => Promise<T>,
  ): Promise<T | undefined>;
}

/** Remembers diagnoses, so that a client which reconnects again and again diagnoses each failure once. */
export class Diagnoses {
  readonly #known = new Map<string, BrokerConnectionError>();

  /** Runs `diagnose` for a failure that is new at this target. */
  async diagnoseOnce(
    failure: BrokerConnectionError,
    { target, limits }: ConnectionAttempt,
    diagnose: () => Promise<BrokerConnectionError>,
  ): Promise<BrokerConnectionError> {
    const key = `${target.address} ${target.ip} ${failure.reason}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await diagnose();
    if (limits.signal.aborted) return found;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_DIAGNOSES) this.#known.delete(oldest);
    this.#known.set(key, found);
    return found;
  }

  /** The broker at `address` serves this client: a later failure gets a new diagnosis. */
  forget(address: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(`${address} `)) this.#known.delete(key);
  }
}

/** Explains an error that came before the broker told its versions, as far as possible. */
export async function explainRefusal(
  error: unknown,
  attempt: ConnectionAttempt,
): Promise<BrokerConnectionError> {
  const { target, security: { tls }, limits, diagnoses } = attempt;
  const known = asBrokerConnectionError(target.address, error);
  if (limits.signal.aborted || known instanceof NoAnswerError || known.fault !== undefined) return known;
  if (tls === undefined) {
    return await diagnoses.diagnoseOnce(known, attempt, () => explainInPlain(known, attempt));
  }
  if (known instanceof UnreadableAnswerError) return known;
  const alert = explainAlert(known, tls);
  if (alert !== undefined) return alert;
  if (error instanceof HandshakeError) {
    return await diagnoses.diagnoseOnce(known, attempt, () => explainHandshake(known, attempt, tls));
  }
  // The reset that follows an alert may discard the alert.
  return aboutOurCertificate(known, tls, `probably: ${known.reason} right after the TLS handshake`);
}

/** Explains the failure of the first request on a connection without a login, as far as possible. */
export async function explainFirstFailure(
  failure: BrokerConnectionError,
  attempt: ConnectionAttempt,
): Promise<BrokerConnectionError> {
  const { security: { tls, sasl }, limits, diagnoses, tryOtherwise } = attempt;
  if (limits.signal.aborted || failure instanceof NoAnswerError || sasl !== undefined) return failure;
  return await diagnoses.diagnoseOnce(failure, attempt, async () => {
    const offered = await tryOtherwise(tls, offeredMechanisms);
    if (offered === undefined) return failure;
    const reason = `the broker requires a login (SASL ${offered.join(", ")}): set sasl.mechanism`;
    return new BrokerConnectionError(failure.address, reason, { fault: "sasl-wanted", cause: failure });
  });
}

async function explainInPlain(
  failure: BrokerConnectionError,
  { target, limits }: ConnectionAttempt,
): Promise<BrokerConnectionError> {
  const certificate = await peekCertificate(target, { verify: false }, limits);
  if (certificate === undefined) return failure;
  const reason = "the port expects TLS: set tls.enabled to true, or use the broker's plaintext port";
  return new BrokerConnectionError(target.address, reason, { fault: "tls-port", cause: failure });
}

async function explainHandshake(
  failure: BrokerConnectionError,
  { target, limits, tryOtherwise }: ConnectionAttempt,
  tls: TlsSettings,
): Promise<BrokerConnectionError> {
  const certificate = await peekCertificate(target, tls, limits);
  if (certificate !== undefined) {
    const expected = { serverName: serverNameOf(target, tls), ca: tls.ca, nowMs: limits.clock.nowMs() };
    const found = findCertificateFault(certificate, expected);
    if (found === undefined) return failure;
    return new BrokerConnectionError(target.address, found.reason, { fault: found.fault, cause: failure });
  }
  if (await tryOtherwise(undefined, () => Promise.resolve(true)) !== true) return failure;
  const reason = "the port does not support TLS: set tls.enabled to false, or use the broker's TLS port";
  return new BrokerConnectionError(target.address, reason, { fault: "plaintext-port", cause: failure });
}

/** The TLS alerts that blame the client's certificate. */
const ABOUT_CERTIFICATE =
  /^(?:CertificateRequired|BadCertificate|UnsupportedCertificate|Certificate\w+|UnknownCA|AccessDenied|DecryptError)$/;

function explainAlert(
  failure: BrokerConnectionError,
  tls: TlsSettings,
): BrokerConnectionError | undefined {
  const alert = /received fatal alert: (\w+)/.exec(failure.reason)?.[1];
  if (alert === undefined) return undefined;
  if (ABOUT_CERTIFICATE.test(alert) || (alert === "HandshakeFailure" && tls.certificate === undefined)) {
    return aboutOurCertificate(failure, tls, alert);
  }
  const reason = `the broker ends the TLS handshake: ${alert}`;
  return new BrokerConnectionError(failure.address, reason, { cause: failure });
}

function aboutOurCertificate(
  failure: BrokerConnectionError,
  { certificate }: TlsSettings,
  why: string,
): BrokerConnectionError {
  const [fault, reason] = certificate === undefined
    ? [
      "client-certificate-wanted",
      `the broker requires a client certificate (${why}): set tls.cert_file and tls.key_file`,
    ] as const
    : [
      "client-certificate-refused",
      `the broker rejects the client certificate (${why}): set tls.cert_file to one that the broker trusts`,
    ] as const;
  return new BrokerConnectionError(failure.address, reason, { fault, cause: failure });
}
