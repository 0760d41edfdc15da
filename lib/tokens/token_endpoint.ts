// Asks the token endpoint of an authorization server for tokens: the grant client_credentials of OAuth 2.0 (RFC 6749, section
// 4.4), with the client's secret or with an assertion (RFC 7523).

import type { Clock } from "../async/clock.ts";
import { basicAuthorization, parseHttpAddress } from "../http_client/http_address.ts";
import { HttpClient, type HttpFailure } from "../http_client/http_client.ts";
import type { Fetched } from "./renewed.ts";
import { MAX_TOKEN_ANSWER_BYTES, readTokenAnswer } from "./token_answer.ts";
import { TokenError } from "./token_error.ts";
import { readTokenFile } from "./token_file.ts";

/** A login of Kafka waits for it. */
const TIMEOUT_MS = 5_000;
const CA_SETTING = "source.kafka.sasl.oauth.ca_file";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface TokenEndpointSettings {
  /** An http or https address without a login. */
  readonly url: string;
  readonly clientId: string | undefined;
  /** The file is read for each token. */
  readonly proof: { readonly secret: string } | { readonly assertionFile: string };
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** The only certificates (PEM) that are trusted. Default: the public ones. */
  readonly ca: string | undefined;
}

export class TokenEndpoint {
  readonly #settings: TokenEndpointSettings;
  readonly #client: HttpClient;
  /** Path and query. The paths of some servers end with a slash. */
  readonly #path: string;

  /** @param signal ends every request */
  constructor(
    settings: TokenEndpointSettings,
    { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  ) {
    const { url, clientId = "", proof, ca } = settings;
    const address = parseHttpAddress(url);
    if (address === undefined) throw new RangeError(`"${url}" is no http or https address`);
    const { origin, pathname, search } = new URL(url);
    this.#settings = settings;
    this.#path = pathname + search;
    const authorization = "secret" in proof ? basicLogin(clientId, proof.secret) : undefined;
    this.#client = new HttpClient({ ...address, url: origin, authorization }, {
      clock,
      signal,
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: MAX_TOKEN_ANSWER_BYTES,
      ca,
      isCaAlone: true,
      caSetting: CA_SETTING,
    });
  }

  /** @throws {TokenError} */
  async fetch(): Promise<Fetched<string>> {
    const { url, clientId, proof, scope, audience } = this.#settings;
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    if (scope !== undefined) form.set("scope", scope);
    if (audience !== undefined) form.set("audience", audience);
    const secrets: string[] = [];
    const assertionFile = "assertionFile" in proof ? proof.assertionFile : undefined;
    if ("secret" in proof) {
      const login = basicLogin(clientId ?? "", proof.secret);
      secrets.push(proof.secret, encodeURIComponent(proof.secret), login.slice("Basic ".length));
    } else {
      const assertion = await readTokenFile(proof.assertionFile, {
        what: "the assertion",
        remedy: "see the program that renews it, or correct source.kafka.sasl.oauth.client_assertion_file",
      });
      secrets.push(assertion);
      form.set("client_assertion_type", ASSERTION_TYPE);
      form.set("client_assertion", assertion);
      if (clientId !== undefined) form.set("client_id", clientId);
    }
    const body = form.toString();
    const outcome = await this.#client.ask(this.#path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body,
    });
    if (outcome.kind === "failure") throw unanswered(url, outcome);
    return readTokenAnswer(outcome, { url, clientId, assertionFile, scope, audience, secrets });
  }
}

/** Both parts are encoded (RFC 6749, section 2.3.1). */
function basicLogin(clientId: string, secret: string): string {
  return basicAuthorization(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`);
}

const REMEDIES: Readonly<Record<HttpFailure, string>> = {
  refused: "start the authorization server, or correct source.kafka.sasl.oauth.token_url",
  unresolved: "correct source.kafka.sasl.oauth.token_url, or add its host to DNS or /etc/hosts",
  unreachable: "check that the authorization server is up, and that no firewall drops packets to it",
  silent:
    "check that the authorization server is up and answers in time, and that no firewall drops packets to it",
  untrusted: "see authority, names and dates of its certificate with openssl s_client -showcerts",
  broken: "check that source.kafka.sasl.oauth.token_url is a token endpoint of OAuth 2.0",
};

function unanswered(
  url: string,
  { failure, reason }: { readonly failure: HttpFailure; readonly reason: string },
): TokenError {
  return new TokenError(`no token from ${url}: ${reason}`, REMEDIES[failure]);
}
