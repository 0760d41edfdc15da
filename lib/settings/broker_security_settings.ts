// Turns source.kafka.tls and source.kafka.sasl into the settings of a broker connection.

import { type ConfigFile, textOf } from "../config/config_file.ts";
import type { Config } from "../config/schema.ts";
import type { BrokerSecurity, SaslSettings, TlsSettings } from "../kafka/connection/broker_security.ts";
import { TokenFile } from "../tokens/token_file.ts";

type KafkaConfig = NonNullable<Config["source"]["kafka"]>;

const MECHANISMS = {
  "plain": "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const;

/** @throws {Error} where the files that the configuration names have not been read with it */
export function brokerSecurity({ source: { kafka }, files = [] }: Config): BrokerSecurity {
  if (kafka === undefined) return {};
  return { tls: tlsSettings(kafka, files), sasl: saslSettings(kafka, files) };
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

function saslSettings({ sasl }: KafkaConfig, files: readonly ConfigFile[]): SaslSettings | undefined {
  const { mechanism, username = "", password, password_file, token_file = "" } = sasl;
  if (mechanism === undefined) return undefined;
  if (mechanism === "oauthbearer") {
    return { mechanism: "OAUTHBEARER", tokens: new TokenFile(token_file) };
  }
  const secret = password ?? textOf("source.kafka.sasl.password_file", password_file, files) ?? "";
  return { mechanism: MECHANISMS[mechanism], username, password: secret };
}
