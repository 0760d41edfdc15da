// The command that prints a record. Names of topics and brokers come from outside, so a shell gets them quoted; secrets
// are left out, and so is what a reader could not see.

import { visibleText } from "./visible_word.ts";

/** The connection to Kafka, as `/api/v1/status` shows it. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly tls: { readonly enabled: boolean };
  readonly sasl: { readonly mechanism: string | null };
}

/** Where a record stands. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Undefined where a name has parts that are invisible, or is too long to be shown. */
export function kcatLine(
  { topic, partition, offset }: RecordPlace,
  { brokers }: KafkaConfig,
): string | undefined {
  const names = [brokers.join(","), topic];
  if (names.some((name) => visibleText(name) !== name)) return undefined;
  const [servers, from] = names.map(shellQuoted);
  return `kcat -C -b ${servers} -t ${from} -p ${partition} -o ${offset} -c 1`;
}

/** The options that kcat needs beside, by name: their values may be secrets. */
export function kcatOptions({ tls, sasl }: KafkaConfig): readonly string[] {
  const protocol = `${sasl.mechanism === null ? "" : "SASL_"}${tls.enabled ? "SSL" : "PLAINTEXT"}`;
  if (protocol === "PLAINTEXT") return [];
  const ofTls = tls.enabled ? ["ssl.ca.location"] : [];
  return [`security.protocol=${protocol}`, ...ofTls, ...saslOptions(sasl.mechanism)];
}

function saslOptions(mechanism: string | null): readonly string[] {
  if (mechanism === null) return [];
  if (mechanism === "oauthbearer" || mechanism === "aws-msk-iam") {
    return ["sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.*"];
  }
  return [`sasl.mechanism=${mechanism.toUpperCase()}`, "sasl.username", "sasl.password"];
}

/** The text as one word of a POSIX shell. */
function shellQuoted(text: string): string {
  return /^[\w.:,@/][\w.:,@/-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
