// Logs in to a broker. kafkajs encodes the messages of each mechanism. The exchange is not kafkajs's, which hides the
// mechanisms that the broker offers and accepts a rejected token as a login.

import { Buffer } from "node:buffer";
import type { SaslSettings } from "./broker_security.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "./kafka_error.ts";
import { type ApiName, bearerMessage, describeErrorCode, plainMessage, scramLogIn } from "./kafkajs.ts";

/** The longest part of a broker's own message that is shown. */
const MAX_SHOWN_CHARACTERS = 200;

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

/** Returns the lifetime of the login in milliseconds, or Infinity. @throws BrokerConnectionError */
export async function logIn(connection: SaslConnection, sasl: SaslSettings, nowMs: number): Promise<number> {
  await chooseMechanism(connection, sasl.mechanism);
  switch (sasl.mechanism) {
    case "OAUTHBEARER":
      return await sendToken(connection, sasl, nowMs);
    case "PLAIN":
      return lifetimeOf(await sendCredentials(connection, sasl, plainMessage(sasl)));
    default:
      return await runScram(connection, sasl);
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

type PasswordSettings = Exclude<SaslSettings, { mechanism: "OAUTHBEARER" }>;

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
  { readToken, tokenFile }: Extract<SaslSettings, { mechanism: "OAUTHBEARER" }>,
  nowMs: number,
): Promise<number> {
  const { address } = connection;
  let token: string;
  try {
    token = await readToken();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = `cannot read the token in ${tokenFile}: ${error.message}`;
    throw new BrokerConnectionError(address, reason, { fault: "credentials-refused", cause: error });
  }
  const expiryMs = tokenExpiryMs(token) ?? Infinity;
  const answer = await send(connection, bearerMessage(token));
  // A broker answers a token that it rejects with the reason, and without an error code (RFC 7628, 3.2.2).
  const objection = answer.authBytes.subarray(4).toString();
  if (answer.errorCode === ErrorCode.none && objection === "") {
    const leftMs = expiryMs > nowMs ? expiryMs - nowMs : Infinity;
    return Math.min(lifetimeOf(answer), leftMs);
  }
  const age = expiryMs > nowMs ? "" : `, which expired at ${new Date(expiryMs).toISOString()}`;
  const said = quote({ ...answer, errorMessage: answer.errorMessage || objection }, token);
  throw new BrokerConnectionError(address, `the broker rejects the token in ${tokenFile}${age}: ${said}`, {
    fault: "credentials-refused",
  });
}

async function send(connection: SaslConnection, authBytes: Promise<Buffer>): Promise<AuthenticateAnswer> {
  return await connection.request<AuthenticateAnswer>("SaslAuthenticate", { authBytes: await authBytes });
}

function lifetimeOf(answer: AuthenticateAnswer | undefined): number {
  return Number(answer?.sessionLifetimeMs ?? 0) || Infinity;
}

/** The broker's own message, without the secret that it may repeat. */
function quote({ errorCode, errorMessage }: AuthenticateAnswer, secret: string): string {
  const said = errorMessage || describeErrorCode(errorCode).message;
  return said.replaceAll(secret, "<secret>").slice(0, MAX_SHOWN_CHARACTERS);
}

/** When a token expires, in milliseconds since the epoch; undefined where it is not a JWT with `exp` (RFC 7519, 4.1.4). */
export function tokenExpiryMs(token: string): number | undefined {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  try {
    const exp: unknown = JSON.parse(payload)?.exp;
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
