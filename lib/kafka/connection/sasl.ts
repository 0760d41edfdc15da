// The log-in to a broker. kafkajs has the messages of each mechanism; the exchange is our own, as kafkajs's keeps to
// itself what the broker offers, and takes a refused token for a log-in.

import type { Buffer } from "node:buffer";
import type { SaslSettings } from "./broker_security.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "./kafka_error.ts";
import { type ApiName, bearerMessage, describeErrorCode, plainMessage, scramLogIn } from "./kafkajs.ts";
import { tokenExpiryMs } from "./token_expiry.ts";

/** What is passed on of a broker's own words. */
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
  /** A number; 0: for as long as the connection lasts. */
  readonly sessionLifetimeMs?: string;
}

/** What a log-in needs of a connection. */
export interface SaslConnection {
  readonly address: string;
  request<T>(api: ApiName, args: object): Promise<T>;
}

/**
 * Logs in, and answers for how many milliseconds that is good; Infinity where it does not run out.
 *
 * @throws BrokerConnectionError
 */
export async function logIn(connection: SaslConnection, sasl: SaslSettings, nowMs: number): Promise<number> {
  await chooseMechanism(connection, sasl.mechanism);
  switch (sasl.mechanism) {
    case "OAUTHBEARER":
      return await showToken(connection, sasl, nowMs);
    case "PLAIN":
      return lifetimeOf(await sendCredentials(connection, sasl, plainMessage(sasl)));
    default:
      return await proveKnowledge(connection, sasl);
  }
}

/** What the broker offers to one who has not logged in; undefined where it wants no log-in. */
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
    const reason = `the broker does not offer SASL ${mechanism} but ${offered}; set sasl.mechanism to that`;
    throw new BrokerConnectionError(address, reason, { fault: "mechanism-not-offered" });
  }
  if (answer.errorCode === ErrorCode.illegalSaslState) {
    const reason = "the port takes no log-in; leave sasl.mechanism empty, or name the broker's SASL port";
    throw new BrokerConnectionError(address, reason, { fault: "sasl-not-wanted" });
  }
  const failure = new KafkaError(answer.errorCode, "begin the log-in");
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
  const reason = `the broker refuses the user "${username}" with this password (SASL ${mechanism})`;
  throw new BrokerConnectionError(connection.address, `${reason}: ${quote(answer, password)}`, {
    fault: "credentials-refused",
  });
}

/** SCRAM: each side shows that it knows the password without telling it. */
async function proveKnowledge(connection: SaslConnection, sasl: PasswordSettings): Promise<number> {
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
    const reason = `the broker does not do its part of SASL ${sasl.mechanism}: ${error.message}`;
    throw new BrokerConnectionError(connection.address, reason, { fault: "credentials-refused" });
  }
  return lifetimeOf(last);
}

async function showToken(
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
    const reason = `the token in ${tokenFile} cannot be had: ${error.message}`;
    throw new BrokerConnectionError(address, reason, { fault: "credentials-refused", cause: error });
  }
  const expiryMs = tokenExpiryMs(token) ?? Infinity;
  const answer = await send(connection, bearerMessage(token));
  // A refused token is answered with the reason, and without an error (RFC 7628, 3.2.2).
  const objection = answer.authBytes.subarray(4).toString();
  if (answer.errorCode === ErrorCode.none && objection === "") {
    const leftMs = expiryMs > nowMs ? expiryMs - nowMs : Infinity;
    return Math.min(lifetimeOf(answer), leftMs);
  }
  const age = expiryMs > nowMs ? "" : `, which ran out at ${new Date(expiryMs).toISOString()}`;
  const said = quote({ ...answer, errorMessage: answer.errorMessage || objection }, token);
  throw new BrokerConnectionError(address, `the broker refuses the token in ${tokenFile}${age}: ${said}`, {
    fault: "credentials-refused",
  });
}

async function send(connection: SaslConnection, authBytes: Promise<Buffer>): Promise<AuthenticateAnswer> {
  return await connection.request<AuthenticateAnswer>("SaslAuthenticate", { authBytes: await authBytes });
}

function lifetimeOf(answer: AuthenticateAnswer | undefined): number {
  return Number(answer?.sessionLifetimeMs ?? 0) || Infinity;
}

/** A broker's own words, which are not to give back what it was told. */
function quote({ errorCode, errorMessage }: AuthenticateAnswer, secret: string): string {
  const said = errorMessage || describeErrorCode(errorCode).message;
  return said.replaceAll(secret, "<secret>").slice(0, MAX_SHOWN_CHARACTERS);
}
