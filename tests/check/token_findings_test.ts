import assert from "node:assert/strict";
import { judgeToken, probeToken } from "../../lib/check/token_findings.ts";
import { TokenError } from "../../lib/tokens/token_error.ts";
import { tokensOf } from "../fakes/token_source.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const NOW = NOW_MS / 1000;
const about = { subject: "the token from https://idp", audience: undefined, nowMs: NOW_MS };
const jwt = (claims: object) => ({ value: `x.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.y` });

Deno.test("judgeToken() says what is known of a token", () => {
  const rows: [claims: object, message: string][] = [
    [{}, "the token from https://idp is issued"],
    [
      { iss: "https://idp/realm", aud: ["a", "kafka"], iat: NOW + 20, exp: NOW + 3600 },
      'the token from https://idp is issued; issuer "https://idp/realm"; audience "a, kafka"; good for 60 min',
    ],
  ];
  for (const [claims, message] of rows) {
    assert.deepEqual(judgeToken(jwt(claims), about), { check: "token", status: "ok", message });
  }
  const opaque = judgeToken({ value: "opaque" }, about);
  assert.equal(
    opaque.message,
    "the token from https://idp is issued, and no JWT: only a broker can judge it",
  );
});

Deno.test("judgeToken() finds clocks that differ, and another audience", () => {
  const rows: [claims: object, message: string][] = [
    [
      { iat: NOW + 31, exp: NOW + 600 },
      "the token from https://idp is issued at 2026-11-30T12:00:31.000Z, and the clock of this machine says " +
      "2026-11-30T12:00:00.000Z",
    ],
    [
      { exp: NOW - 1 },
      "the token from https://idp has expired at 2026-11-30T11:59:59.000Z, and the clock of this machine says " +
      "2026-11-30T12:00:00.000Z",
    ],
    [{ aud: "account" }, 'the token from https://idp is for the audience "account", not for "kafka"'],
    [{}, 'the token from https://idp is for no audience, not for "kafka"'],
  ];
  for (const [claims, message] of rows) {
    const finding = judgeToken(jwt(claims), { ...about, audience: "kafka" });
    assert.deepEqual([finding.status, finding.message], ["warn", message]);
    assert.ok(finding.remedy);
  }
});

Deno.test("probeToken() takes the reason for a missing token as a finding", async () => {
  const missing = new TokenError("it is down", "start it");
  const outcome = await probeToken({ subject: "s", token: () => Promise.reject(missing) });
  assert.deepEqual(judgeToken(outcome, about), {
    check: "token",
    status: "FAIL",
    message: "it is down",
    remedy: "start it",
  });
  assert.deepEqual(await probeToken(tokensOf("t")), { value: "t" });
});
