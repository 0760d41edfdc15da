import assert from "node:assert/strict";
import { readJwt } from "../../lib/text/jwt.ts";

const encode = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

Deno.test("readJwt() reads the expiry of a JWT, and returns nothing for any other text", () => {
  const rows: [token: string, expiresAtMs: number | undefined][] = [
    [`x.${encode('{"exp":1700000000}')}.y`, 1_700_000_000_000],
    [`x.${encode('{"exp":1700000000.5}')}.`, 1_700_000_000_500],
    [`x.${encode('{"exp":"soon"}')}.y`, undefined],
    [`x.${encode('{"exp":1e400}')}.y`, undefined],
    [`x.${encode('{"exp":1e20}')}.y`, undefined],
    [`x.${encode("{}")}.y`, undefined],
    [`x.${encode("null")}.y`, undefined],
    [`x.${encode("[")}.y`, undefined],
    [`x.${encode('{"exp":1}')}`, undefined],
    ["x..y", undefined],
    ["opaque", undefined],
    ["", undefined],
  ];
  for (const [token, expiresAtMs] of rows) assert.equal(readJwt(token)?.expiresAtMs, expiresAtMs, token);
});

Deno.test("readJwt() reads issuer, audience and time of issue, and leaves out what is of another kind", () => {
  const nothing = { issuedAtMs: undefined, expiresAtMs: undefined, issuer: undefined, audience: [] };
  const rows: [claims: string, wanted: object][] = [
    ['{"iat":5,"iss":"i","aud":"a"}', { ...nothing, issuedAtMs: 5_000, issuer: "i", audience: ["a"] }],
    ['{"aud":["a",1,"b"],"iss":3,"__proto__":{"iss":"x"}}', { ...nothing, audience: ["a", "b"] }],
    ['{"aud":{"a":1}}', nothing],
  ];
  for (const [claims, wanted] of rows) assert.deepEqual(readJwt(`x.${encode(claims)}.y`), wanted, claims);
});
