import assert from "node:assert/strict";
import { readTokenAnswer, type TokenRequest } from "../../lib/tokens/token_answer.ts";
import { TokenError } from "../../lib/tokens/token_error.ts";

const SECRET = "hunter2";
const REQUEST: TokenRequest = {
  url: "https://idp/token",
  clientId: "app",
  assertionFile: undefined,
  scope: "kafka",
  audience: undefined,
  secrets: [SECRET],
};
const encode = (part: object) => btoa(JSON.stringify(part)).replaceAll("=", "");
const jwt = (claims: object) => `x.${encode(claims)}.y`;

Deno.test("readTokenAnswer() returns the token, and the shorter of the lifetimes that are told", () => {
  const rows: [answer: Record<string, unknown>, lifetimeMs: number][] = [
    [{ access_token: "a.b-c_d~e+f/g==", token_type: "Bearer", expires_in: 300 }, 300_000],
    [{ access_token: "t", token_type: "bearer", expires_in: "3599" }, 3_599_000],
    [{ access_token: "t", expires_in: 0.5 }, 500],
    [{ access_token: "t" }, Infinity],
    [{ access_token: "t", expires_in: null }, Infinity],
    [{ access_token: jwt({ iat: 1000, exp: 1060 }), expires_in: 300 }, 60_000],
    [{ access_token: jwt({ iat: 1000, exp: 1600 }), expires_in: 300 }, 300_000],
    [{ access_token: jwt({ iat: 1000, exp: 1060 }) }, 60_000],
    [{ access_token: jwt({ iat: 1000, exp: 900 }), expires_in: 300 }, 300_000],
    [{ access_token: jwt({ exp: 900 }), expires_in: 300 }, 300_000],
    [{ access_token: jwt({ iat: -1e12, exp: 1e12 }) }, Infinity],
    [{ access_token: jwt({ iat: 0, exp: 315_360_000 }) }, 315_360_000_000],
  ];
  for (const [answer, lifetimeMs] of rows) {
    const read = readTokenAnswer({ status: 200, text: JSON.stringify(answer) }, REQUEST);
    assert.deepEqual(read, { value: answer.access_token, lifetimeMs });
  }
});

const CHECK_URL = "check that source.kafka.sasl.oauth.token_url is a token endpoint of OAuth 2.0";

Deno.test("readTokenAnswer() has a message of its own for each fault", () => {
  const error = (error: string, description?: string) =>
    JSON.stringify({ error, ...(description === undefined ? {} : { error_description: description }) });
  const rows: [status: number, text: string, message: RegExp | string, request?: Partial<TokenRequest>][] = [
    [
      401,
      error("invalid_client", `wrong ${SECRET}`),
      /^https:\/\/idp\/token rejects client_id "app" with this secret \(invalid_client: wrong <secret>\): correct .*client_secret_file$/,
    ],
    [200, error("invalid_client"), /with this secret \(invalid_client\)/],
    [400, error("invalid_grant"), /rejects the assertion in \/run\/jwt \(invalid_grant\): compare issuer/, {
      assertionFile: "/run/jwt",
    }],
    [
      400,
      error("invalid_scope"),
      /does not grant the scope "kafka" \(invalid_scope\): correct .*oauth\.scope/,
    ],
    [400, error("invalid_scope"), /does not grant a token without a scope/, { scope: undefined }],
    [400, error("invalid_target"), /does not know the audience "k" /, { audience: "k" }],
    [
      403,
      error("access_denied", "no"),
      /does not issue such a token to client_id "app" \(access_denied: no\)/,
    ],
    [400, error("unsupported_grant_type"), /does not support the grant client_credentials/],
    [
      400,
      error("invalid_request", "x".repeat(9_000)),
      /issues no token, status 400 \(invalid_request: x{183}\)/,
    ],
    [401, "", /rejects client_id "app" with this proof \(status 401\)/],
    [403, "<html>", /forbids the request \(status 403\)/],
    [404, "<html>", /^there is no token endpoint at https:\/\/idp\/token \(status 404\): correct the path/],
    [302, "", /redirects to another address \(status 302\)/],
    [429, "", /limits requests \(status 429\)/],
    [503, "{}", /fails \(status 503\): see the log/],
    [
      200,
      " <!doctype html>",
      /^https:\/\/idp\/token answers with HTML, the page of a web site, instead of JSON: correct/,
    ],
    [200, "access_token=t", /answers with something else instead of JSON/],
    [200, "[]", /answers with something else instead of JSON/],
    [200, "{}", `the answer of https://idp/token has no access_token: ${CHECK_URL}`],
    [
      200,
      '{"access_token":5}',
      `the answer of https://idp/token has an access_token that is not text: ${CHECK_URL}`,
    ],
    [200, '{"access_token":"a\\u0001auth=b"}', /has an access_token with characters that no token has/],
    [200, '{"access_token":""}', /has an access_token with characters that no token has/],
    [200, '{"access_token":"t","token_type":"mac"}', /has a token of type "mac", wanted Bearer/],
    [200, '{"access_token":"t","expires_in":-5}', /has an expires_in of -5, wanted seconds above 0/],
    [200, '{"access_token":"t","expires_in":0}', /has an expires_in of 0, wanted seconds above 0/],
    [
      200,
      '{"access_token":"t","expires_in":1e300}',
      /has an expires_in of 1e\+300, wanted 315360000 s at most/,
    ],
    [
      200,
      '{"access_token":"t","expires_in":1e999}',
      /has an expires_in of Infinity, wanted 315360000 s at most/,
    ],
    [200, '{"access_token":"t","expires_in":"soon"}', /has an expires_in that is not a number/],
    [200, '{"__proto__":{"access_token":"t"}}', /has no access_token/],
  ];
  const messages = new Set<string>();
  for (const [status, text, message, request] of rows) {
    const read = () => readTokenAnswer({ status, text }, { ...REQUEST, ...request });
    assert.throws(read, (error) => {
      assert.ok(error instanceof TokenError, String(error));
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.equal(error.message, `${error.condition}: ${error.remedy}`);
      assert.ok(!error.message.includes(SECRET), error.message);
      messages.add(error.message);
      return true;
    }, `${status} ${text}`);
  }
  // Three faults have two rows each.
  assert.equal(messages.size, rows.length - 3);
});
