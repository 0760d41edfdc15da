// Tokens of an authorization server, shared by all connections and renewed in time.

import type { Clock } from "../async/clock.ts";
import type { BearerToken, TokenSource } from "../kafka/connection/broker_security.ts";
import type { Log } from "../log/log.ts";
import { Renewed } from "./renewed.ts";
import { TokenEndpoint, type TokenEndpointSettings } from "./token_endpoint.ts";

export interface OauthSettings extends TokenEndpointSettings {
  /** SASL extensions for the brokers. */
  readonly extensions: ReadonlyMap<string, string>;
}

export interface TokenContext {
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

export class OauthTokens implements TokenSource {
  readonly subject: string;
  readonly #extensions: ReadonlyMap<string, string>;
  readonly #renewed: Renewed<string>;

  constructor(settings: OauthSettings, context: TokenContext) {
    const endpoint = new TokenEndpoint(settings, context);
    const { clock, log } = context;
    this.subject = `the token from ${settings.url}`;
    this.#extensions = settings.extensions;
    this.#renewed = new Renewed({ fetch: () => endpoint.fetch(), clock, log });
  }

  async token(): Promise<BearerToken> {
    const { value, renewInMs } = await this.#renewed.get();
    return { value, extensions: this.#extensions, renewInMs };
  }

  onRejected({ value }: BearerToken): void {
    this.#renewed.reject(value);
  }
}
