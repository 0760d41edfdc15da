// Reads the answers of AWS's endpoints for credentials. They come from outside: every part is checked, and no message shows one
// of them.

import { JsonValue } from "../text/json_value.ts";
import { quoteServer } from "../text/quote_server.ts";
import type { AwsCredentials } from "./aws_credentials.ts";
import type { Fetched } from "./renewed.ts";
import { TokenError } from "./token_error.ts";

/** Credentials have some thousand bytes. */
export const MAX_AWS_ANSWER_BYTES = 64 * 1024;
const IS_PRINTABLE = /^[\x21-\x7e]+$/;

interface Parts {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly expiration: string | undefined;
}

export interface AnswerContext {
  /** Names the endpoint in messages. */
  readonly name: string;
  readonly nowMs: number;
}

/** The JSON of a container's endpoint, or of an instance's metadata. @throws {TokenError} */
export function readJsonCredentials(text: string, context: AnswerContext): Fetched<AwsCredentials> {
  const json = JsonValue.parse(text);
  if (json.members === undefined) throw wrong(context, "is not JSON");
  return checked({
    accessKeyId: json.at("AccessKeyId").text,
    secretAccessKey: json.at("SecretAccessKey").text,
    sessionToken: json.at("Token").text,
    expiration: json.at("Expiration").text,
  }, context);
}

/** The XML of AssumeRoleWithWebIdentity. @throws {TokenError} */
export function readStsCredentials(text: string, context: AnswerContext): Fetched<AwsCredentials> {
  const credentials = elementOf(text, "Credentials");
  if (credentials === undefined) throw wrong(context, "has no element Credentials");
  return checked({
    accessKeyId: elementOf(credentials, "AccessKeyId"),
    secretAccessKey: elementOf(credentials, "SecretAccessKey"),
    sessionToken: elementOf(credentials, "SessionToken"),
    expiration: elementOf(credentials, "Expiration"),
  }, context);
}

/** The code and the message in an error of STS. */
export function readStsError(
  text: string,
  secrets: readonly string[],
): { readonly code: string; readonly said: string } {
  const code = quoteServer(elementOf(text, "Code") ?? "no code", secrets);
  const message = elementOf(text, "Message");
  return { code, said: message === undefined ? code : `${code}: ${quoteServer(message, secrets)}` };
}

function checked(parts: Parts, context: AnswerContext): Fetched<AwsCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = parts;
  if (accessKeyId === undefined || !IS_PRINTABLE.test(accessKeyId)) {
    throw wrong(context, "has no AccessKeyId");
  }
  if (secretAccessKey === undefined || !IS_PRINTABLE.test(secretAccessKey)) {
    throw wrong(context, "has no SecretAccessKey");
  }
  if (sessionToken === undefined || !IS_PRINTABLE.test(sessionToken)) {
    throw wrong(context, "has no session token");
  }
  const expiresAtMs = Date.parse(expiration ?? "");
  if (Number.isNaN(expiresAtMs)) throw wrong(context, "has no Expiration");
  const { name, nowMs } = context;
  if (expiresAtMs <= nowMs) {
    const [expiry, now] = [expiresAtMs, nowMs].map((ms) => new Date(ms).toISOString());
    throw new TokenError(
      `the AWS credentials from ${name} expired at ${expiry}, and the clock of this machine says ${now}`,
      "set the clock (timedatectl), or see why the endpoint does not renew them",
    );
  }
  return { value: { accessKeyId, secretAccessKey, sessionToken }, lifetimeMs: expiresAtMs - nowMs };
}

function wrong({ name }: AnswerContext, what: string): TokenError {
  return new TokenError(
    `the answer of ${name} ${what}`,
    "check that the environment names an endpoint for AWS credentials",
  );
}

/** The text between the first start and the next end of an element without attributes. */
function elementOf(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  if (start < 0) return undefined;
  const end = xml.indexOf(`</${name}>`, start);
  return end < 0 ? undefined : xml.slice(start + name.length + 2, end).trim();
}
