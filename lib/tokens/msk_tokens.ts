// Tokens for Amazon MSK. The credentials are shared and renewed in time; each login gets a token that is signed for it.

import type { AwsEnvironment } from "../config/aws_environment.ts";
import type { BearerToken, TokenSource } from "../kafka/connection/broker_security.ts";
import { version } from "../version.ts";
import type { AwsCredentials } from "./aws_credentials.ts";
import { credentialsSource } from "./credentials_source.ts";
import { mskToken } from "./msk_token.ts";
import type { TokenContext } from "./oauth_tokens.ts";
import { Renewed } from "./renewed.ts";

/** The longest lifetime that MSK accepts. */
const LIFETIME_SECONDS = 900;
/** The login is renewed after this share of the token's lifetime. */
const RENEW_AFTER = 0.75;

export interface MskSettings {
  readonly region: string;
  readonly environment: AwsEnvironment;
}

export class MskTokens implements TokenSource {
  readonly subject: string;
  readonly #settings: MskSettings;
  readonly #context: TokenContext;
  readonly #credentials: Renewed<AwsCredentials>;
  /** Those that the latest token is signed with. */
  #latest: AwsCredentials | undefined;

  constructor(settings: MskSettings, context: TokenContext) {
    const { region, environment } = settings;
    const { clock, log, signal } = context;
    const source = credentialsSource(environment, { region, clock, signal });
    this.subject = `the token of the AWS credentials from ${source.name} for ${region}`;
    this.#settings = settings;
    this.#context = context;
    this.#credentials = new Renewed({ fetch: () => source.fetch(), clock, log });
  }

  async token(): Promise<BearerToken> {
    const { value: credentials, leftMs, renewInMs } = await this.#credentials.get();
    this.#latest = credentials;
    const expiresInSeconds = Math.max(1, Math.floor(Math.min(leftMs / 1000, LIFETIME_SECONDS)));
    const value = await mskToken(credentials, {
      region: this.#settings.region,
      nowMs: this.#context.clock.nowMs(),
      expiresInSeconds,
      userAgent: `rtcount/${version}`,
    });
    const isOfLastCredentials = expiresInSeconds < LIFETIME_SECONDS;
    const lifetimeMs = expiresInSeconds * 1000;
    return {
      value,
      renewInMs: Math.min(RENEW_AFTER * lifetimeMs, isOfLastCredentials ? renewInMs : Infinity),
    };
  }

  /** Every login has a token of its own, so only newer credentials can help. */
  onRejected(): void {
    if (this.#latest !== undefined) this.#credentials.reject(this.#latest);
  }
}
