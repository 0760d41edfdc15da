// Reads the claims of a JSON Web Token (RFC 7519). Its signature is not verified: the claims serve for times and messages only.

import { Buffer } from "node:buffer";
import { JsonValue } from "./json_value.ts";

export interface JwtClaims {
  /** Milliseconds since the epoch. */
  readonly issuedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly issuer: string | undefined;
  readonly audience: readonly string[];
}

/** Undefined for any other text. */
export function readJwt(token: string): JwtClaims | undefined {
  const [, payload, signature] = token.split(".", 3);
  if (signature === undefined) return undefined;
  const claims = JsonValue.parse(Buffer.from(payload, "base64url").toString());
  if (claims.members === undefined) return undefined;
  const audience = claims.at("aud");
  const audiences = audience.items?.map(({ text }) => text) ?? [audience.text];
  return {
    issuedAtMs: timeOf(claims.at("iat")),
    expiresAtMs: timeOf(claims.at("exp")),
    issuer: claims.at("iss").text,
    audience: audiences.filter((text) => text !== undefined),
  };
}

/** The longest time that a date can express, in milliseconds. */
const MAX_TIME_MS = 8.64e15;

function timeOf({ number }: JsonValue): number | undefined {
  if (number === undefined || !(Math.abs(number) * 1000 <= MAX_TIME_MS)) return undefined;
  return number * 1000;
}
