// Chooses the source of AWS's credentials. The first one that the environment names is used; without one, the metadata of the
// instance.

import type { AwsEnvironment } from "../config/aws_environment.ts";
import { ContainerCredentials } from "./aws_container.ts";
import type { CredentialsContext, CredentialsSource } from "./aws_credentials.ts";
import { InstanceCredentials } from "./aws_metadata.ts";
import { WebIdentityCredentials } from "./aws_web_identity.ts";
import { TokenError } from "./token_error.ts";

export function credentialsSource(
  environment: AwsEnvironment,
  context: CredentialsContext,
): CredentialsSource {
  const accessKeyId = environment.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment.get("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const value = { accessKeyId, secretAccessKey, sessionToken: environment.get("AWS_SESSION_TOKEN") };
    return { name: "the environment", fetch: () => Promise.resolve({ value, lifetimeMs: Infinity }) };
  }
  const relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative !== undefined || full !== undefined) return new ContainerCredentials(environment, context);
  const roleArn = environment.get("AWS_ROLE_ARN");
  const tokenFile = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (roleArn !== undefined && tokenFile !== undefined) {
    return new WebIdentityCredentials({ roleArn, tokenFile, environment }, context);
  }
  if (environment.get("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") return NO_SOURCE;
  return new InstanceCredentials(environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"), context);
}

const NO_SOURCE: CredentialsSource = {
  name: "nowhere",
  fetch: () =>
    Promise.reject(
      new TokenError(
        "there are no AWS credentials: the environment names none, and AWS_EC2_METADATA_DISABLED is true",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a role",
      ),
    ),
};
