// AWS credentials for a token of another issuer, such as that of a service account in EKS (AssumeRoleWithWebIdentity of STS).

import type { AwsEnvironment } from "../config/aws_environment.ts";
import { readStsCredentials, readStsError } from "./aws_answers.ts";
import type { AwsCredentials, CredentialsContext, CredentialsSource } from "./aws_credentials.ts";
import { AwsEndpoint } from "./aws_endpoint.ts";
import type { Fetched } from "./renewed.ts";
import { TokenError } from "./token_error.ts";
import { readTokenFile } from "./token_file.ts";

const API_VERSION = "2011-06-15";

export interface WebIdentity {
  readonly roleArn: string;
  /** Another program renews it. */
  readonly tokenFile: string;
  readonly environment: AwsEnvironment;
}

export class WebIdentityCredentials implements CredentialsSource {
  readonly name = "STS";
  readonly #identity: WebIdentity;
  readonly #context: CredentialsContext;
  readonly #endpoint: AwsEndpoint;

  constructor(identity: WebIdentity, context: CredentialsContext) {
    const { region } = context;
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const url = identity.environment.get("AWS_ENDPOINT_URL_STS") ?? `https://sts.${region}.${domain}`;
    this.#identity = identity;
    this.#context = context;
    const remedy = `check that this machine reaches ${url}, or set AWS_ENDPOINT_URL_STS`;
    this.#endpoint = new AwsEndpoint({ name: this.name, url, remedy }, context);
  }

  async fetch(): Promise<Fetched<AwsCredentials>> {
    const { roleArn, tokenFile, environment } = this.#identity;
    const token = await readTokenFile(tokenFile, {
      what: "the token",
      remedy: "correct AWS_WEB_IDENTITY_TOKEN_FILE",
    });
    const form = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: API_VERSION,
      RoleArn: roleArn,
      RoleSessionName: environment.get("AWS_ROLE_SESSION_NAME") ?? "rtcount",
      WebIdentityToken: token,
    });
    const { status, text } = await this.#endpoint.ask("/", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/xml" },
      body: form.toString(),
    });
    if (status === 200) {
      return readStsCredentials(text, { name: this.name, nowMs: this.#context.clock.nowMs() });
    }
    const { code, said } = readStsError(text, [token, encodeURIComponent(token)]);
    const remedies: ReadonlyMap<string, string> = new Map([
      ["AccessDenied", "correct the trust policy of the role: issuer, audience and subject of the token"],
      ["ExpiredTokenException", `see the program that renews ${tokenFile}, and the clock of this machine`],
      ["InvalidIdentityToken", "register the token's issuer as an identity provider, with its audience"],
    ]);
    throw new TokenError(
      `STS gives no credentials for the role ${roleArn} with the token in ${tokenFile} (status ${status}, ${said})`,
      remedies.get(code) ?? "check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    );
  }
}
