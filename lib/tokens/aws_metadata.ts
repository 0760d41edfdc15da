// AWS credentials from the metadata of an EC2 instance, by version 2 of that service: a session token first, then the role,
// then its credentials.

import type { HttpRequest } from "../http_client/http_client.ts";
import { quoteServer } from "../text/quote_server.ts";
import { readJsonCredentials } from "./aws_answers.ts";
import type { AwsCredentials, CredentialsContext, CredentialsSource } from "./aws_credentials.ts";
import { AwsEndpoint } from "./aws_endpoint.ts";
import type { Fetched } from "./renewed.ts";
import { TokenError } from "./token_error.ts";

const USUAL_URL = "http://169.254.169.254";
const TOKEN_PATH = "/latest/api/token";
const ROLES_PATH = "/latest/meta-data/iam/security-credentials/";
/** The session token serves for the two requests that follow. */
const TOKEN_SECONDS = "60";
const IS_SESSION_TOKEN = /^[\x21-\x7e]{1,1024}$/;
const IS_ROLE = /^[\w+=,.@-]{1,128}$/;
const NO_ROLE =
  "give the instance a role (instance profile), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

export class InstanceCredentials implements CredentialsSource {
  readonly name = "the instance's metadata";
  readonly #context: CredentialsContext;
  readonly #endpoint: AwsEndpoint;

  constructor(url: string = USUAL_URL, context: CredentialsContext) {
    this.#context = context;
    const remedy =
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where this is no EC2 instance; in a container raise " +
      "the instance's HttpPutResponseHopLimit to 2";
    this.#endpoint = new AwsEndpoint({ name: this.name, url, remedy }, context);
  }

  async fetch(): Promise<Fetched<AwsCredentials>> {
    const token = await this.#read(TOKEN_PATH, {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS },
    });
    if (!IS_SESSION_TOKEN.test(token)) throw this.#wrong("no session token");
    const request: HttpRequest = { method: "GET", headers: { "x-aws-ec2-metadata-token": token } };
    const [role] = (await this.#read(ROLES_PATH, request)).split("\n", 1);
    if (!IS_ROLE.test(role)) throw this.#wrong(`no role, but "${quoteServer(role, [token])}"`);
    const text = await this.#read(ROLES_PATH + role, request);
    return readJsonCredentials(text, { name: this.name, nowMs: this.#context.clock.nowMs() });
  }

  async #read(path: string, request: HttpRequest): Promise<string> {
    const { status, text } = await this.#endpoint.ask(path, request);
    if (status === 200) return text;
    throw new TokenError(
      status === 404 && path === ROLES_PATH
        ? "the instance has no role"
        : `${this.name} refuses ${path} (status ${status})`,
      NO_ROLE,
    );
  }

  #wrong(what: string): TokenError {
    return new TokenError(`${this.name} has ${what}`, NO_ROLE);
  }
}
