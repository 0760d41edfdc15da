// Every way to connect to a real broker, right and wrong: the records that are read, or the reason that is given.

import assert from "node:assert/strict";
import type {
  BrokerSecurity,
  PasswordMechanism,
  SaslSettings,
  TlsSettings,
} from "../../../lib/kafka/connection/broker_security.ts";
import { NetworkClient } from "../../../lib/kafka/network_client.ts";
import { BrokerConnectionError, type ConnectionFault } from "../../../lib/kafka/connection/kafka_error.ts";
import type { Certificate } from "../../machine/kafka/certificates.ts";
import { type Codec, produceLines } from "../../machine/kafka/kcat.ts";
import {
  FORBIDDEN,
  makeToken,
  missingForSecuredKafka,
  PASSWORD,
  type SecuredKafka,
  setForbidden,
  SHORT_SESSION_MS,
  startSecuredKafka,
  USER,
} from "../../machine/kafka/secured_kafka.ts";
import { tokensOf } from "../../fakes/token_source.ts";
import { SourceReader } from "../../source/kafka/source_reader.ts";

const CODECS: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const RECORDS = 500;
const TOPIC = "words";
const SHORT_TOKEN_MS = 5_000;

/** Each of the five partitions has a codec of its own. */
async function fill(bootstrap: string): Promise<void> {
  await Promise.all(CODECS.map((codec, partition) => {
    const lines = Array.from({ length: RECORDS }, (_, i) => `${codec}-${i}`);
    return produceLines(lines, { bootstrap, topic: TOPIC, partition, codec });
  }));
}

function password(mechanism: PasswordMechanism, { username = USER, password = PASSWORD } = {}): SaslSettings {
  return { mechanism, username, password };
}

function token(makeToken: () => string): SaslSettings {
  return { mechanism: "OAUTHBEARER", tokens: tokensOf(() => ({ value: makeToken() })) };
}

const LOGINS: readonly (readonly [name: string, sasl: SaslSettings | undefined])[] = [
  ["none", undefined],
  ["plain", password("PLAIN")],
  ["scram-sha-256", password("SCRAM-SHA-256")],
  ["scram-sha-512", password("SCRAM-SHA-512")],
  ["oauthbearer", token(makeToken)],
];

function tlsOf({ authority }: SecuredKafka): TlsSettings & { ca: string } {
  return { ca: Deno.readTextFileSync(authority.file), verify: true };
}

function withCertificate(tls: TlsSettings, { certificateFile, keyFile }: Certificate): TlsSettings {
  const [certificate, key] = [certificateFile, keyFile].map((file) => Deno.readTextFileSync(file));
  return { ...tls, certificate, key };
}

/** `ok`, or the fault and its reason. */
async function outcome(address: string, security: BrokerSecurity): Promise<readonly [string, string]> {
  const client = new NetworkClient({ bootstrap: [address], clientId: "rtcount-tests", security });
  try {
    await client.metadata([TOPIC]);
    return ["ok", ""];
  } catch (error) {
    assert.ok(error instanceof BrokerConnectionError, String(error));
    return [error.fault ?? "unknown", error.reason];
  } finally {
    await client.close();
  }
}

async function testGrid(t: Deno.TestContext, kafka: SecuredKafka): Promise<void> {
  const tls = tlsOf(kafka);
  const ways = [["PLAIN_TEXT", undefined], ["TLS", tls], ["MTLS", withCertificate(tls, kafka.ours)]] as const;
  for (const [listener, tls] of ways) {
    for (const [name, sasl] of LOGINS) {
      await t.step(
        `KafkaSource reads five codecs over ${listener} with login ${name}, each record once`,
        async () => {
          const address = kafka.address(sasl === undefined ? listener : `SASL_${listener}`);
          const group = `${listener}-${name}`;
          const security = { tls, sasl };
          await using reader = new SourceReader({ brokers: [address], topics: [TOPIC], group, security });
          await reader.untilRecords(RECORDS * CODECS.length);
          await reader.untilEnd();
          const wanted = CODECS.flatMap((codec) =>
            Array.from({ length: RECORDS }, (_, i) => `${codec}-${i}`)
          );
          assert.deepEqual(reader.values.toSorted(), wanted.toSorted());
          assert.deepEqual([reader.events.restarts, reader.problems], [0, []]);
        },
      );
    }
  }
}

async function testMistakes(t: Deno.TestContext, kafka: SecuredKafka): Promise<void> {
  const tls = tlsOf(kafka);
  const untrusted = withCertificate(tls, kafka.untrusted);
  const plain = password("PLAIN");
  const wrong = { password: "not the password" };
  const cases: [name: string, listener: string, BrokerSecurity, "ok" | ConnectionFault, said?: RegExp][] = [
    [
      "an expired certificate",
      "EXPIRED",
      { tls },
      "certificate-expired",
      /^the broker's certificate \(CN=expired\) expired at 2021-01-01T00:00:00Z: renew it$/,
    ],
    [
      "a certificate of the future",
      "FUTURE",
      { tls },
      "certificate-not-yet-valid",
      /\(CN=future\) is not valid before 2040-01-01T00:00:00Z: the clock of this machine says 20/,
    ],
    [
      "a certificate for another name",
      "WRONG_NAME",
      { tls },
      "wrong-name",
      /is for broker\.example, \*\.brokers\.example, not for 127\.0\.0\.1: .* or set tls\.server_name$/,
    ],
    ["the name that it is for", "WRONG_NAME", { tls: { ...tls, serverName: "broker.example" } }, "ok"],
    [
      "a name that its wildcard covers",
      "WRONG_NAME",
      { tls: { ...tls, serverName: "a.brokers.example" } },
      "ok",
    ],
    ["an IP address that it is for", "TLS", { tls: { ...tls, serverName: "127.0.0.1" } }, "ok"],
    ["an IP address that it is not for", "TLS", { tls: { ...tls, serverName: "127.0.0.2" } }, "wrong-name"],
    [
      "a name that it is for, in place of the address",
      "TLS",
      { tls: { ...tls, serverName: "localhost" } },
      "ok",
    ],
    [
      "an authority that is not in ca_file",
      "UNKNOWN",
      { tls },
      "unknown-authority",
      /\(CN=untrusted\): add it to tls\.ca_file$/,
    ],
    [
      "an authority that is not public",
      "TLS",
      { tls: { verify: true } },
      "unknown-authority",
      /\(CN=tests\): set tls\.ca_file$/,
    ],
    ["several authorities in ca_file", "TLS", { tls: { ...tls, ca: untrusted.certificate + tls.ca } }, "ok"],
    ["an unknown authority, unverified", "UNKNOWN", { tls: { verify: false } }, "ok"],
    ["an expired certificate, unverified", "EXPIRED", { tls: { verify: false } }, "ok"],
    [
      "no certificate of ours",
      "MTLS",
      { tls },
      "client-certificate-wanted",
      /requires a client certificate .*: set tls\.cert_file and tls\.key_file$/,
    ],
    [
      "a certificate of an untrusted authority",
      "MTLS",
      { tls: untrusted },
      "client-certificate-refused",
      /rejects the client certificate .*: set tls\.cert_file to one that the broker trusts$/,
    ],
    [
      "a wrong password",
      "SASL_TLS",
      { tls, sasl: password("PLAIN", wrong) },
      "credentials-refused",
      /^the broker rejects the user "alice" with this password \(SASL PLAIN\): .*Invalid username or password$/,
    ],
    [
      "a wrong password by SCRAM",
      "SASL_TLS",
      { tls, sasl: password("SCRAM-SHA-256", wrong) },
      "credentials-refused",
      /"alice" with this password \(SASL SCRAM-SHA-256\)/,
    ],
    [
      "an unknown user",
      "SASL_TLS",
      { tls, sasl: password("SCRAM-SHA-512", { username: "bob" }) },
      "credentials-refused",
      /"bob" with this password \(SASL SCRAM-SHA-512\)/,
    ],
    [
      "no token",
      "SASL_TLS",
      { tls, sasl: token(() => "nonsense") },
      "token-refused",
      /^the broker rejects the token of the test: .*invalid_token/,
    ],
    [
      "an expired token",
      "SASL_TLS",
      { tls, sasl: token(() => makeToken({ expiresInMs: -100_000 })) },
      "token-refused",
      /the token of the test, which expired at 20.*: .*invalid_token/,
    ],
    [
      "a mechanism that is not offered",
      "PLAIN_ONLY",
      { sasl: password("SCRAM-SHA-256") },
      "mechanism-not-offered",
      /^the broker does not offer SASL SCRAM-SHA-256: set sasl\.mechanism to one that it offers \(PLAIN\)$/,
    ],
    [
      "TLS on a plaintext port",
      "PLAIN_TEXT",
      { tls },
      "plaintext-port",
      /does not support TLS: set tls\.enabled to false/,
    ],
    ["TLS on a plaintext port with login", "SASL_PLAIN_TEXT", { tls, sasl: plain }, "plaintext-port"],
    ["plaintext on a TLS port", "TLS", {}, "tls-port", /expects TLS: set tls\.enabled to true/],
    ["plaintext on a port for mutual TLS", "MTLS", {}, "tls-port"],
    ["plaintext with login on a TLS port", "SASL_TLS", { sasl: plain }, "tls-port"],
    [
      "no login where one is required",
      "SASL_PLAIN_TEXT",
      {},
      "sasl-wanted",
      /requires a login \(SASL .*SCRAM-SHA-256.*\): set sasl\.mechanism$/,
    ],
    ["no login where one is required over TLS", "SASL_TLS", { tls }, "sasl-wanted"],
    ["a login where none is accepted", "PLAIN_TEXT", { sasl: plain }, "sasl-not-wanted", /accepts no login/],
  ];
  for (const [name, listener, security, fault, said = /(?:)/] of cases) {
    await t.step(`NetworkClient.metadata() with ${name}: ${fault}`, async () => {
      const [told, reason] = await outcome(kafka.address(listener), security);
      assert.equal(told, fault, reason);
      assert.match(reason, said);
      for (const secret of [PASSWORD, wrong.password, "nonsense"]) {
        assert.ok(!reason.includes(secret), reason);
      }
    });
  }
}

/** Reads for the lifetime of several logins; any failure is in the log. */
async function testRenewal(kafka: SecuredKafka, sasl: SaslSettings): Promise<void> {
  const said: string[] = [];
  const tell = (message: string) => said.push(message);
  const log = { info: () => {}, warn: tell, error: tell };
  const { bootstrap } = kafka.cluster;
  const topic = `renewed-${sasl.mechanism.toLowerCase()}`;
  await kafka.cluster.createTopic(topic);
  const security = { sasl };
  const brokers = [kafka.address("SHORT")];
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, security, log });
  const untilMs = performance.now() + 1.5 * SHORT_SESSION_MS;
  let records = 0;
  while (performance.now() < untilMs) {
    await produceLines([`${records}`], { bootstrap, topic, partition: 0, codec: "none" });
    await reader.untilRecords(++records);
  }
  assert.deepEqual([said, reader.events.restarts], [[], 0]);
}

Deno.test({
  name: "KafkaSource and NetworkClient connect in every way",
  ignore: await missingForSecuredKafka(),
  async fn(t) {
    await using kafka = await startSecuredKafka();
    const { bootstrap } = kafka.cluster;
    await kafka.cluster.createTopic(TOPIC, { partitions: CODECS.length });
    await fill(bootstrap);
    await testGrid(t, kafka);
    await testMistakes(t, kafka);

    await t.step("BrokerConnection renews a login before it expires", async () => {
      let tokens = 0;
      const short = token(() => makeToken({ expiresInMs: SHORT_TOKEN_MS + tokens++ }));
      const all = [password("PLAIN"), password("SCRAM-SHA-256"), short];
      await Promise.all(all.map((sasl) => testRenewal(kafka, sasl)));
      // One for each of the three connections, and more for the renewals.
      assert.ok(tokens >= 9, `${tokens} tokens were read`);
    });

    await t.step("KafkaSource reports a missing right, and continues when it is granted", async () => {
      const sasl = password("SCRAM-SHA-512");
      const brokers = [kafka.address("SASL_PLAIN_TEXT")];
      const options = { brokers, security: { sasl } };
      await using outOfTopic = new SourceReader({ ...options, topics: [FORBIDDEN], group: "allowed" });
      await using outOfGroup = new SourceReader({ ...options, topics: [TOPIC], group: FORBIDDEN });
      const told = (reader: SourceReader, reason: RegExp) =>
        reader.until(() => !reader.source.readiness.ready && reason.test(reader.source.readiness.reason));
      await told(
        outOfTopic,
        /topic "forbidden" .*TOPIC_AUTHORIZATION_FAILED\): .* READ on the topic, or WRITE for an output topic$/,
      );
      await told(outOfGroup, /group "forbidden": .*GROUP_AUTHORIZATION_FAILED\): .* READ on the group$/);
      await setForbidden(bootstrap, false);
      await Promise.all(
        [outOfTopic, outOfGroup].map((reader) => reader.until(() => reader.source.readiness.ready)),
      );
      await outOfGroup.untilRecords(RECORDS * CODECS.length);
    });
  },
});
