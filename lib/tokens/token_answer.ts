// Reads the answer of a token endpoint (RFC 6749, section 5). It comes from outside: every part is checked, and each fault
// has a message of its own.

import { JsonValue } from "../text/json_value.ts";
import { readJwt } from "../text/jwt.ts";
import { quoteServer } from "../text/quote_server.ts";
import type { Fetched } from "./renewed.ts";
import { TokenError } from "./token_error.ts";

const KEY = "source.kafka.sasl.oauth";
/** The longest token that brokers accept: an answer is not longer either. */
export const MAX_TOKEN_ANSWER_BYTES = 256 * 1024;
/** Ten years. A longer lifetime is a mistake. */
const MAX_LIFETIME_SECONDS = 315_360_000;
/** RFC 6750, section 2.1. */
const IS_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The request that is answered, as messages show it. */
export interface TokenRequest {
  readonly url: string;
  readonly clientId: string | undefined;
  /** The file of the assertion; undefined with a secret. */
  readonly assertionFile: string | undefined;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** Texts that no message shows. */
  readonly secrets: readonly string[];
}

export interface EndpointAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws {TokenError} */
export function readTokenAnswer(answer: EndpointAnswer, request: TokenRequest): Fetched<string> {
  const { status, text } = answer;
  const { url } = request;
  const json = JsonValue.parse(text);
  const code = json.at("error").text;
  if (code !== undefined) throw refusal(code, json, answer, request);
  if (status < 200 || status > 299) throw failure(answer, request);
  if (json.members === undefined) {
    const isHtml = text.trimStart().startsWith("<");
    throw new TokenError(
      `${url} answers with ${isHtml ? "HTML, the page of a web site," : "something else"} instead of JSON`,
      `correct ${KEY}.token_url: it is the authorization server's "token_endpoint"`,
    );
  }
  return readToken(json, request);
}

function readToken(json: JsonValue, { url, secrets }: TokenRequest): Fetched<string> {
  const wrong = (what: string) =>
    new TokenError(
      `the answer of ${url} ${what}`,
      `check that ${KEY}.token_url is a token endpoint of OAuth 2.0`,
    );
  const token = json.at("access_token");
  if (token.isNothing) throw wrong("has no access_token");
  if (token.text === undefined) throw wrong("has an access_token that is not text");
  if (!IS_TOKEN.test(token.text)) throw wrong("has an access_token with characters that no token has");
  const type = json.at("token_type").text;
  if (type !== undefined && type.toLowerCase() !== "bearer") {
    throw wrong(`has a token of type ${JSON.stringify(quoteServer(type, secrets))}, wanted Bearer`);
  }
  return { value: token.text, lifetimeMs: Math.min(lifetimeOf(json, wrong), ownLifetimeMs(token.text)) };
}

/** Some servers write the number as text. */
function lifetimeOf(json: JsonValue, wrong: (what: string) => TokenError): number {
  const given = json.at("expires_in");
  if (given.isNothing || given.isNull) return Infinity;
  const seconds = given.number ?? (/^\d{1,12}$/.test(given.text ?? "") ? Number(given.text) : undefined);
  if (seconds === undefined) throw wrong("has an expires_in that is not a number");
  if (!(seconds > 0)) throw wrong(`has an expires_in of ${seconds}, wanted seconds above 0`);
  if (seconds > MAX_LIFETIME_SECONDS) {
    throw wrong(`has an expires_in of ${seconds}, wanted ${MAX_LIFETIME_SECONDS} s at most`);
  }
  return seconds * 1000;
}

/** From issue to expiry: the clocks of the server and of this machine may differ. */
function ownLifetimeMs(token: string): number {
  const { issuedAtMs, expiresAtMs } = readJwt(token) ?? {};
  if (issuedAtMs === undefined || expiresAtMs === undefined || expiresAtMs <= issuedAtMs) return Infinity;
  const lifetimeMs = expiresAtMs - issuedAtMs;
  // A longer one is a mistake, as in the answer: the token is renewed as one of unknown lifetime.
  return lifetimeMs > MAX_LIFETIME_SECONDS * 1000 ? Infinity : lifetimeMs;
}

/** The server says in JSON why it issues no token, whatever the status. */
function refusal(
  code: string,
  json: JsonValue,
  { status }: EndpointAnswer,
  { url, clientId, assertionFile, scope, audience, secrets }: TokenRequest,
): TokenError {
  const description = json.at("error_description").text;
  const said = quoteServer(description === undefined ? code : `${code}: ${description}`, secrets);
  const client = clientId === undefined ? "the client" : `client_id "${clientId}"`;
  switch (code) {
    case "invalid_client":
    case "invalid_grant":
      return assertionFile === undefined
        ? new TokenError(
          `${url} rejects ${client} with this secret (${said})`,
          `correct ${KEY}: client_id, client_secret_file`,
        )
        : new TokenError(
          `${url} rejects the assertion in ${assertionFile} (${said})`,
          `compare issuer, subject, audience and expiry of the assertion with what the server expects of ${client}`,
        );
    case "invalid_scope":
      return new TokenError(
        `${url} does not grant ${
          scope === undefined ? "a token without a scope" : `the scope "${scope}"`
        } (${said})`,
        `correct ${KEY}.scope, or grant the scope to ${client}`,
      );
    case "invalid_target":
      return new TokenError(
        `${url} does not know ${
          audience === undefined ? "the default audience" : `the audience "${audience}"`
        } (${said})`,
        `correct ${KEY}.audience`,
      );
    case "unauthorized_client":
    case "access_denied":
      return new TokenError(
        `${url} does not issue such a token to ${client} (${said})`,
        `allow the client the grant client_credentials at the server, or correct ${KEY}: scope, audience`,
      );
    case "unsupported_grant_type":
      return new TokenError(
        `${url} does not support the grant client_credentials (${said})`,
        `correct ${KEY}.token_url, or enable the grant at the server`,
      );
    default:
      return new TokenError(
        `${url} issues no token, status ${status} (${said})`,
        `correct ${KEY}: the server may require a scope or an audience`,
      );
  }
}

/** An answer without a reason in JSON. */
function failure({ status }: EndpointAnswer, { url, clientId = "" }: TokenRequest): TokenError {
  if (status === 401) {
    return new TokenError(
      `${url} rejects client_id "${clientId}" with this proof (status 401)`,
      `correct ${KEY}: client_id, client_secret_file or client_assertion_file`,
    );
  }
  if (status === 403) {
    return new TokenError(
      `${url} forbids the request (status 403)`,
      "see whether a proxy or a firewall stands before the server, and the rights of the client",
    );
  }
  if (status === 404 || status === 405) {
    return new TokenError(
      `there is no token endpoint at ${url} (status ${status})`,
      `correct the path of ${KEY}.token_url: it is the authorization server's "token_endpoint"`,
    );
  }
  if (status >= 300 && status < 400) {
    return new TokenError(
      `${url} redirects to another address (status ${status}), which would get the secret`,
      `write the final address in ${KEY}.token_url`,
    );
  }
  if (status === 429) {
    return new TokenError(
      `${url} limits requests (status 429)`,
      "raise the limit of the authorization server",
    );
  }
  return new TokenError(`${url} fails (status ${status})`, "see the log of the authorization server");
}
