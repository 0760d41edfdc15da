// The types of AWS credentials and of a source that fetches them.

import type { Clock } from "../async/clock.ts";
import type { Fetched } from "./renewed.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Undefined for credentials that do not expire. */
  readonly sessionToken: string | undefined;
}

export interface CredentialsSource {
  /** Names it in messages. */
  readonly name: string;
  /** @throws {TokenError} */
  fetch(): Promise<Fetched<AwsCredentials>>;
}

export interface CredentialsContext {
  readonly clock: Clock;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly region: string;
}
