// Requests to AWS's endpoints for credentials.

import { parseHttpAddress } from "../http_client/http_address.ts";
import { HttpClient, type HttpRequest } from "../http_client/http_client.ts";
import { MAX_AWS_ANSWER_BYTES } from "./aws_answers.ts";
import type { CredentialsContext } from "./aws_credentials.ts";
import { TokenError } from "./token_error.ts";

/** A login of Kafka waits for it. */
const TIMEOUT_MS = 5_000;

export interface AwsEndpointOptions {
  /** Names it in messages. */
  readonly name: string;
  /** An http or https address; text from the environment. */
  readonly url: string;
  /** For a server that does not answer. */
  readonly remedy: string;
}

export class AwsEndpoint {
  readonly #options: AwsEndpointOptions;
  readonly #context: CredentialsContext;

  constructor(options: AwsEndpointOptions, context: CredentialsContext) {
    this.#options = options;
    this.#context = context;
  }

  /** @throws {TokenError} where there is no answer */
  async ask(path: string, request: HttpRequest): Promise<{ readonly status: number; readonly text: string }> {
    const { name, url, remedy } = this.#options;
    const { clock, signal } = this.#context;
    const address = parseHttpAddress(url);
    if (address === undefined) {
      throw new TokenError(`the address of ${name} is no http or https address`, remedy);
    }
    const limits = { timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_AWS_ANSWER_BYTES };
    const outcome = await new HttpClient(address, { clock, signal, ...limits }).ask(path, request);
    if (outcome.kind === "answer") return outcome;
    throw new TokenError(`no AWS credentials from ${name} at ${address.url}: ${outcome.reason}`, remedy);
  }
}
