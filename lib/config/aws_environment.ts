// The variables of the environment from which AWS's own programs take credentials. They are read with the configuration:
// later the process may not read the environment.

/** https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
const VARIABLES: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_ENDPOINT_URL_STS",
  "AWS_EC2_METADATA_DISABLED",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/** The variables that are set, by their names. */
export type AwsEnvironment = ReadonlyMap<string, string>;

export function readAwsEnvironment(env: (name: string) => string | undefined): AwsEnvironment {
  const set = new Map<string, string>();
  for (const name of VARIABLES) {
    const value = env(name);
    if (value !== undefined && value !== "") set.set(name, value);
  }
  return set;
}

/** The files that are read again for new credentials. */
export function awsFiles(environment: AwsEnvironment | undefined): string[] {
  const names = ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"];
  return names.map((name) => environment?.get(name)).filter((path) => path !== undefined);
}

export function isAwsRegion(text: string): boolean {
  return text.length <= 64 && /^[a-z]+(?:-[a-z]+)+-\d+$/.test(text);
}

/** The region in a broker's name, such as `b-1.demo.abc123.c2.kafka.eu-central-1.amazonaws.com:9098`. */
export function awsRegionOf(brokers: readonly string[]): string | undefined {
  for (const broker of brokers) {
    const [, region] = /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?:\d+$/.exec(broker) ??
      [];
    if (region !== undefined && isAwsRegion(region)) return region;
  }
  return undefined;
}
