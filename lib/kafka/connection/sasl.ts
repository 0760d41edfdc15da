// Logs in to a broker. kafkajs encodes the messages of each mechanism. The exchange is not kafkajs's, which hides the
// mechanisms that the broker offers and accepts a rejected token as a login.

import { Buffer } from "node:buffer";
import { type JwtClaims, readJwt } from "../../text/jwt.ts";
import { quoteServer } from "../../text/quote_server.ts";
import { shorten } from "../../text/shorten.ts";
import type { BearerToken, SaslSettings } from "./broker_security.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "./kafka_error.ts";
import { type ApiName, bearerMessage, describeErrorCode, plainMessage, scramLogIn } from "./kafkajs.ts";

/** A login is renewed after this share of its lifetime; the rest is for brokers that are slow or briefly away. */
const RENEW_AFTER = 0.8;

interface HandshakeAnswer {
  readonly errorCode: number;
  readonly enabledMechanisms: readonly string[];
}

interface AuthenticateAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  /** With its length in front. */
  readonly authBytes: Buffer;
  /** A number as text; 0: the login lasts as long as the connection. */
  readonly sessionLifetimeMs?: string;
}

export interface SaslConnection {
  readonly address: string;
  request<T>(api: ApiName, args: object): Promise<T>;
}

/**
 * Returns after how many milliseconds the login has to be renewed, or Infinity.
 *
 * @param token taken before; else it is taken now
 * @throws BrokerConnectionError
 */
export async function logIn(
  connection: SaslConnection,
  sasl: SaslSettings,
  { nowMs, token }: { readonly nowMs: number; readonly token?: BearerToken | undefined },
): Promise<number> {
  await chooseMechanism(connection, sasl.mechanism);
  switch (sasl.mechanism) {
    case "OAUTHBEARER":
      return await sendToken(connection, sasl, {
        nowMs,
        token: token ?? await tokenOf(connection.address, sasl),
      });
    case "PLAIN":
      return RENEW_AFTER * lifetimeOf(await sendCredentials(connection, sasl, plainMessage(sasl)));
    default:
      return RENEW_AFTER * await runScram(connection, sasl);
  }
}

/** The token of the next login; undefined where that needs none. @throws BrokerConnectionError */
export async function takeToken(address: string, sasl: SaslSettings): Promise<BearerToken | undefined> {
  return sasl.mechanism === "OAUTHBEARER" ? await tokenOf(address, sasl) : undefined;
}

async function tokenOf(address: string, { tokens }: TokenSettings): Promise<BearerToken> {
  try {
    return await tokens.token();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new BrokerConnectionError(address, error.message, { fault: "token-unavailable", cause: error });
  }
}

/** The mechanisms that the broker offers before a login; undefined where it requires no login. */
export async function offeredMechanisms(connection: SaslConnection): Promise<readonly string[] | undefined> {
  const answer = await connection.request<HandshakeAnswer>("SaslHandshake", { mechanism: "NONE" });
  return answer.errorCode === ErrorCode.unsupportedSaslMechanism ? answer.enabledMechanisms : undefined;
}

async function chooseMechanism(connection: SaslConnection, mechanism: string): Promise<void> {
  const { address } = connection;
  const answer = await connection.request<HandshakeAnswer>("SaslHandshake", { mechanism });
  if (answer.errorCode === ErrorCode.none) return;
  if (answer.errorCode === ErrorCode.unsupportedSaslMechanism) {
    const offered = answer.enabledMechanisms.join(", ") || "none";
    const reason =
      `the broker does not offer SASL ${mechanism}: set sasl.mechanism to one that it offers (${offered})`;
    throw new BrokerConnectionError(address, reason, { fault: "mechanism-not-offered" });
  }
  if (answer.errorCode === ErrorCode.illegalSaslState) {
    const reason = "the port accepts no login: leave sasl.mechanism empty, or use the broker's SASL port";
    throw new BrokerConnectionError(address, reason, { fault: "sasl-not-wanted" });
  }
  const failure = new KafkaError(answer.errorCode, "start the login");
  throw new BrokerConnectionError(address, failure.message, { cause: failure });
}

type TokenSettings = Extract<SaslSettings, { mechanism: "OAUTHBEARER" }>;
type PasswordSettings = Exclude<SaslSettings, TokenSettings>;

async function sendCredentials(
  connection: SaslConnection,
  { mechanism, username, password }: PasswordSettings,
  authBytes: Promise<Buffer>,
): Promise<AuthenticateAnswer> {
  const answer = await send(connection, authBytes);
  if (answer.errorCode === ErrorCode.none) return answer;
  const reason = `the broker rejects the user "${username}" with this password (SASL ${mechanism})`;
  throw new BrokerConnectionError(connection.address, `${reason}: ${quote(answer, password)}`, {
    fault: "credentials-refused",
  });
}

/** SCRAM: each side proves that it knows the password without sending it. */
async function runScram(connection: SaslConnection, sasl: PasswordSettings): Promise<number> {
  let last: AuthenticateAnswer | undefined;
  try {
    await scramLogIn(
      { ...sasl, mechanism: sasl.mechanism as "SCRAM-SHA-256" | "SCRAM-SHA-512" },
      async (message) => {
        last = await sendCredentials(connection, sasl, message);
        return last.authBytes;
      },
    );
  } catch (error) {
    if (error instanceof BrokerConnectionError || !(error instanceof Error)) throw error;
    const reason = `the broker breaks the protocol of SASL ${sasl.mechanism}: ${error.message}`;
    throw new BrokerConnectionError(connection.address, reason, { fault: "credentials-refused" });
  }
  return lifetimeOf(last);
}

async function sendToken(
  connection: SaslConnection,
  { tokens }: TokenSettings,
  { nowMs, token }: { readonly nowMs: number; readonly token: BearerToken },
): Promise<number> {
  const claims = readJwt(token.value);
  const expiryMs = claims?.expiresAtMs ?? Infinity;
  const answer = await send(connection, bearerMessage(token));
  // A broker answers a token that it rejects with the reason, and without an error code (RFC 7628, 3.2.2).
  const objection = answer.authBytes.subarray(4).toString();
  if (answer.errorCode === ErrorCode.none && objection === "") {
    const leftMs = expiryMs > nowMs ? expiryMs - nowMs : Infinity;
    return Math.min(RENEW_AFTER * Math.min(lifetimeOf(answer), leftMs), token.renewInMs ?? Infinity);
  }
  tokens.onRejected?.(token);
  const said = quote({ ...answer, errorMessage: answer.errorMessage || objection }, token.value);
  const reason = `the broker rejects ${tokens.subject}${describeClaims(claims, nowMs)}: ${said}`;
  throw new BrokerConnectionError(connection.address, reason, { fault: "token-refused" });
}

/** The claims that brokers check. Brokers do not say which of them is wrong. */
function describeClaims(claims: JwtClaims | undefined, nowMs: number): string {
  if (claims === undefined) return "";
  const { expiresAtMs = Infinity, issuer, audience } = claims;
  if (expiresAtMs <= nowMs) return `, which expired at ${new Date(expiresAtMs).toISOString()}`;
  const named = [
    ...(issuer === undefined ? [] : [`issuer ${quoted(issuer)}`]),
    ...(audience.length === 0 ? [] : [`audience ${quoted(audience.join(", "))}`]),
  ];
  return named.length === 0 ? "" : ` (${named.join("; ")})`;
}

function quoted(text: string): string {
  return JSON.stringify(shorten(text));
}

async function send(connection: SaslConnection, authBytes: Promise<Buffer>): Promise<AuthenticateAnswer> {
  return await connection.request<AuthenticateAnswer>("SaslAuthenticate", { authBytes: await authBytes });
}

function lifetimeOf(answer: AuthenticateAnswer | undefined): number {
  return Number(answer?.sessionLifetimeMs ?? 0) || Infinity;
}

/** The broker's own message, without the secret that it may repeat. */
function quote({ errorCode, errorMessage }: AuthenticateAnswer, secret: string): string {
  return quoteServer(errorMessage || describeErrorCode(errorCode).message, [secret]);
}
