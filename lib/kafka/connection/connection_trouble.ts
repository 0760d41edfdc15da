// Why a broker that listens does not serve us. A broker that is spoken to in the wrong way mostly just closes the
// connection; so the other ways are tried, until one of them explains it. Nothing is sent that anybody may not ask, and
// above all no password.

import type { Clock } from "../../async/clock.ts";
import type { BrokerSecurity, TlsSettings } from "./broker_security.ts";
import { type BrokerTarget, HandshakeError, peekCertificate, serverNameOf } from "./broker_socket.ts";
import { findCertificateFault } from "./certificate_fault.ts";
import {
  asBrokerConnectionError,
  BrokerConnectionError,
  NoAnswerError,
  UnreadableAnswerError,
} from "./kafka_error.ts";
import { offeredMechanisms, type SaslConnection } from "./sasl.ts";

/** What was tried, and how to try something else. */
export interface Attempt {
  readonly target: BrokerTarget;
  readonly clientId: string;
  readonly security: BrokerSecurity;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "nowMs">;
  /** Uses a connection to the same place in another way, without a log-in; undefined where there is none. */
  tryOtherwise<T>(
    tls: TlsSettings | undefined,
    use: (connection: SaslConnection) => Promise<T>,
  ): Promise<T | undefined>;
}

/** Says more of an error that came before the broker told its versions, where more can be known. */
export async function explainRefusal(error: unknown, attempt: Attempt): Promise<BrokerConnectionError> {
  const { target, security: { tls }, signal } = attempt;
  const known = asBrokerConnectionError(target.address, error);
  if (signal.aborted || known instanceof NoAnswerError || known.fault !== undefined) return known;
  if (tls === undefined) return await explainInPlain(known, attempt);
  if (known instanceof UnreadableAnswerError) return known;
  return explainAlert(known, tls) ??
    (error instanceof HandshakeError
      ? await explainHandshake(known, { ...attempt, tls })
      : guessWithoutAlert(known, tls));
}

/** Says more of the first request that failed on a connection without a log-in. */
export async function explainFirstFailure(
  failure: BrokerConnectionError,
  { security, signal, tryOtherwise }: Attempt,
): Promise<BrokerConnectionError> {
  if (signal.aborted || failure instanceof NoAnswerError || security.sasl !== undefined) return failure;
  const offered = await tryOtherwise(security.tls, offeredMechanisms);
  if (offered === undefined) return failure;
  const reason = `the broker wants a log-in (SASL ${offered.join(", ")}); set sasl.mechanism`;
  return new BrokerConnectionError(failure.address, reason, { fault: "sasl-wanted", cause: failure });
}

async function explainInPlain(
  failure: BrokerConnectionError,
  { target, timeoutMs, signal }: Attempt,
): Promise<BrokerConnectionError> {
  const certificate = await peekCertificate(target, { tls: { verify: false }, timeoutMs, signal });
  if (certificate === undefined) return failure;
  const reason = "the port speaks TLS; set tls.enabled: true, or name the broker's plaintext port";
  return new BrokerConnectionError(target.address, reason, { fault: "tls-port", cause: failure });
}

async function explainHandshake(
  failure: BrokerConnectionError,
  attempt: Attempt & { readonly tls: TlsSettings },
): Promise<BrokerConnectionError> {
  const { target, tls, clock, tryOtherwise } = attempt;
  const certificate = await peekCertificate(target, attempt);
  if (certificate !== undefined) {
    const expected = { serverName: serverNameOf(target, tls), ca: tls.ca, nowMs: clock.nowMs() };
    const found = findCertificateFault(certificate, expected);
    if (found === undefined) return failure;
    const { fault, reason } = found;
    return new BrokerConnectionError(target.address, reason, { fault, cause: failure });
  }
  if (await tryOtherwise(undefined, () => Promise.resolve(true)) !== true) return failure;
  const reason = "the port speaks no TLS; set tls.enabled: false, or name the broker's TLS port";
  return new BrokerConnectionError(target.address, reason, { fault: "plaintext-port", cause: failure });
}

/** What the broker says of our certificate before it hangs up. */
const ABOUT_CERTIFICATE =
  /^(?:CertificateRequired|BadCertificate|UnsupportedCertificate|Certificate\w+|UnknownCA|AccessDenied|DecryptError)$/;

function explainAlert(
  failure: BrokerConnectionError,
  tls: TlsSettings,
): BrokerConnectionError | undefined {
  const alert = /received fatal alert: (\w+)/.exec(failure.reason)?.[1];
  if (alert === undefined) return undefined;
  const { address } = failure;
  if (ABOUT_CERTIFICATE.test(alert) || (alert === "HandshakeFailure" && tls.certificate === undefined)) {
    return aboutOurCertificate(failure, tls, alert);
  }
  const reason = `the broker ends the TLS handshake: ${alert}`;
  return new BrokerConnectionError(address, reason, { cause: failure });
}

/** The alert may be lost behind the reset that follows it. */
function guessWithoutAlert(failure: BrokerConnectionError, tls: TlsSettings): BrokerConnectionError {
  return aboutOurCertificate(failure, tls, `as it seems: ${failure.reason} right after the TLS handshake`);
}

function aboutOurCertificate(
  failure: BrokerConnectionError,
  { certificate }: TlsSettings,
  why: string,
): BrokerConnectionError {
  if (certificate === undefined) {
    const reason = `the broker wants a certificate of ours (${why}); set tls.cert_file and tls.key_file`;
    return new BrokerConnectionError(failure.address, reason, {
      fault: "client-certificate-wanted",
      cause: failure,
    });
  }
  const reason = `the broker refuses our certificate (${why}); tls.cert_file has to be one that it trusts`;
  return new BrokerConnectionError(failure.address, reason, {
    fault: "client-certificate-refused",
    cause: failure,
  });
}
