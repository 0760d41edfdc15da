// AWS credentials from the endpoint of a container: of ECS, or of EKS Pod Identity.

import { parseHttpAddress } from "../http_client/http_address.ts";
import type { AwsEnvironment } from "../config/aws_environment.ts";
import { isLoopback } from "../text/address.ts";
import { readJsonCredentials } from "./aws_answers.ts";
import type { AwsCredentials, CredentialsContext, CredentialsSource } from "./aws_credentials.ts";
import { AwsEndpoint } from "./aws_endpoint.ts";
import type { Fetched } from "./renewed.ts";
import { TokenError } from "./token_error.ts";
import { readTokenFile } from "./token_file.ts";

const ECS_URL = "http://169.254.170.2";
/** The hosts that get the authorization without TLS: those of ECS and EKS. */
const PLAIN_HOSTS = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
const REMEDY = "see the role of the task (ECS) or the Pod Identity association of the service account (EKS)";

export class ContainerCredentials implements CredentialsSource {
  readonly name = "the container's endpoint";
  readonly #environment: AwsEnvironment;
  readonly #context: CredentialsContext;

  constructor(environment: AwsEnvironment, context: CredentialsContext) {
    this.#environment = environment;
    this.#context = context;
  }

  async fetch(): Promise<Fetched<AwsCredentials>> {
    const { name } = this;
    const address = this.#address();
    if (address === undefined) {
      throw new TokenError(
        `the address of ${name} is neither https nor an address of this machine, of ECS or of EKS`,
        "correct AWS_CONTAINER_CREDENTIALS_FULL_URI",
      );
    }
    const authorization = await this.#authorization();
    const { origin, pathname, search } = address;
    const endpoint = new AwsEndpoint({ name, url: origin, remedy: REMEDY }, this.#context);
    const { status, text } = await endpoint.ask(pathname + search, {
      method: "GET",
      headers: authorization === undefined ? {} : { authorization },
    });
    if (status !== 200) throw new TokenError(`${name} gives no AWS credentials (status ${status})`, REMEDY);
    return readJsonCredentials(text, { name, nowMs: this.#context.clock.nowMs() });
  }

  #address(): URL | undefined {
    const relative = this.#environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (relative !== undefined) {
      const url = URL.parse(ECS_URL + relative);
      return url?.origin === ECS_URL ? url : undefined;
    }
    const full = this.#environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") ?? "";
    const { host = "", url = "" } = parseHttpAddress(full) ?? {};
    const isAllowed = url.startsWith("https:") || isLoopback(host) || PLAIN_HOSTS.includes(host);
    return isAllowed ? URL.parse(full) ?? undefined : undefined;
  }

  async #authorization(): Promise<string | undefined> {
    const file = this.#environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    return file === undefined
      ? this.#environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
      : await readTokenFile(file, { what: "the authorization", remedy: REMEDY });
  }
}
