// Turns source.kafka.tls and source.kafka.sasl into the settings of a broker connection.

import { type AwsEnvironment, awsRegionOf } from "../config/aws_environment.ts";
import { type ConfigFile, textOf } from "../config/config_file.ts";
import type { Config } from "../config/schema.ts";
import type { BrokerSecurity, SaslSettings, TlsSettings } from "../kafka/connection/broker_security.ts";
import { MskTokens } from "../tokens/msk_tokens.ts";
import { type OauthSettings, OauthTokens, type TokenContext } from "../tokens/oauth_tokens.ts";
import { TokenFile } from "../tokens/token_file.ts";

type KafkaConfig = NonNullable<Config["source"]["kafka"]>;

const MECHANISMS = {
  "plain": "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const;

/** @throws {Error} where the files that the configuration names have not been read with it */
export function brokerSecurity(config: Config, context: TokenContext): BrokerSecurity {
  const { source: { kafka }, files = [], awsEnvironment = new Map() } = config;
  if (kafka === undefined) return {};
  return { tls: tlsSettings(kafka, files), sasl: saslSettings(kafka, { files, awsEnvironment, context }) };
}

function tlsSettings({ tls }: KafkaConfig, files: readonly ConfigFile[]): TlsSettings | undefined {
  if (!tls.enabled) return undefined;
  return {
    ca: textOf("source.kafka.tls.ca_file", tls.ca_file, files),
    certificate: textOf("source.kafka.tls.cert_file", tls.cert_file, files),
    key: textOf("source.kafka.tls.key_file", tls.key_file, files),
    serverName: tls.server_name,
    verify: tls.verify,
  };
}

function saslSettings(
  { brokers, sasl }: KafkaConfig,
  { files, awsEnvironment, context }: {
    readonly files: readonly ConfigFile[];
    readonly awsEnvironment: AwsEnvironment;
    readonly context: TokenContext;
  },
): SaslSettings | undefined {
  const { mechanism, username = "", password, password_file, token_file = "", oauth, aws } = sasl;
  switch (mechanism) {
    case undefined:
      return undefined;
    case "oauthbearer": {
      const tokens = oauth === undefined
        ? new TokenFile(token_file)
        : new OauthTokens(oauthSettings(oauth, files), context);
      return { mechanism: "OAUTHBEARER", tokens };
    }
    case "aws-msk-iam": {
      const region = aws?.region ?? awsRegionOf(brokers);
      if (region === undefined) throw new Error("the configuration has no region of AWS");
      // MSK takes its tokens by OAUTHBEARER.
      const tokens = new MskTokens({ region, environment: awsEnvironment }, context);
      return { mechanism: "OAUTHBEARER", tokens };
    }
    default: {
      const secret = password ?? textOf("source.kafka.sasl.password_file", password_file, files) ?? "";
      return { mechanism: MECHANISMS[mechanism], username, password: secret };
    }
  }
}

function oauthSettings(
  oauth: NonNullable<KafkaConfig["sasl"]["oauth"]>,
  files: readonly ConfigFile[],
): OauthSettings {
  const { token_url, client_id, client_secret, client_secret_file, client_assertion_file } = oauth;
  const fileOf = (key: string, path: string | undefined) =>
    textOf(`source.kafka.sasl.oauth.${key}`, path, files);
  return {
    url: token_url,
    clientId: client_id,
    proof: client_assertion_file === undefined
      ? { secret: client_secret ?? fileOf("client_secret_file", client_secret_file) ?? "" }
      : { assertionFile: client_assertion_file },
    scope: oauth.scope,
    audience: oauth.audience,
    ca: fileOf("ca_file", oauth.ca_file),
    extensions: new Map(Object.entries(oauth.extensions)),
  };
}
