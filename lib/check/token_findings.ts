// Probes the place that the tokens of logins come from, and judges it. No token goes to a broker here.

import type { BearerToken, TokenSource } from "../kafka/connection/broker_security.ts";
import { readJwt } from "../text/jwt.ts";
import { shorten } from "../text/shorten.ts";
import { TokenError } from "../tokens/token_error.ts";
import { fail, type Finding, formatAge, ok, warn } from "./finding.ts";

const CHECK = "token";
/** Brokers accept clocks that differ by this much (sasl.oauthbearer.clock.skew.seconds). */
const MAX_SKEW_MS = 30_000;

export type TokenOutcome = BearerToken | TokenError;

export async function probeToken(tokens: TokenSource): Promise<TokenOutcome> {
  try {
    return await tokens.token();
  } catch (error) {
    if (error instanceof TokenError) return error;
    throw error;
  }
}

/** @param audience the audience that the configuration asks for */
export function judgeToken(
  outcome: TokenOutcome,
  { subject, audience, nowMs }: {
    readonly subject: string;
    readonly audience: string | undefined;
    readonly nowMs: number;
  },
): Finding {
  if (outcome instanceof TokenError) return fail(CHECK, outcome.condition, outcome.remedy);
  const claims = readJwt(outcome.value);
  if (claims === undefined) return ok(CHECK, `${subject} is issued, and no JWT: only a broker can judge it`);
  const { issuedAtMs = nowMs, expiresAtMs = Infinity } = claims;
  const misdated = issuedAtMs > nowMs + MAX_SKEW_MS
    ? `is issued at ${formatTime(issuedAtMs)}`
    : expiresAtMs < nowMs
    ? `has expired at ${formatTime(expiresAtMs)}`
    : undefined;
  if (misdated !== undefined) {
    return warn(
      CHECK,
      `${subject} ${misdated}, and the clock of this machine says ${formatTime(nowMs)}`,
      "set the clock that is wrong (timedatectl): this machine's or the authorization server's",
    );
  }
  const named = shorten(claims.audience.join(", "));
  if (audience !== undefined && !claims.audience.includes(audience)) {
    return warn(
      CHECK,
      `${subject} is for ${named === "" ? "no audience" : `the audience "${named}"`}, not for "${audience}"`,
      "correct source.kafka.sasl.oauth.audience, or the audience that the server gives this client",
    );
  }
  const facts = [
    ...(claims.issuer === undefined ? [] : [`issuer "${shorten(claims.issuer)}"`]),
    ...(named === "" ? [] : [`audience "${named}"`]),
    ...(expiresAtMs === Infinity ? [] : [`good for ${formatAge(expiresAtMs - nowMs)}`]),
  ];
  return ok(CHECK, [`${subject} is issued`, ...facts].join("; "));
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
