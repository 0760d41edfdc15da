// TLS and logins as a user configures them, on a real broker of the newest release: what is counted, what is said of a
// mistake, and that nothing of a secret gets out.

import assert from "node:assert/strict";
import { join } from "node:path";
import { NEWEST_KAFKA_VERSION } from "../machine/kafka/distribution.ts";
import { type Codec, produceLines } from "../machine/kafka/kcat.ts";
import { TcpProxy } from "../machine/proxy.ts";
import {
  makeToken,
  missingForSecuredKafka,
  PASSWORD,
  type SecuredKafka,
  startSecuredKafka,
  USER,
} from "../machine/kafka/secured_kafka.ts";
import { expectedBlocks, waitForTimeOf } from "./console_blocks.ts";
import { kafkaSource } from "./kafka_source.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { RtcountDaemon, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const CODECS: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const TOPIC = "words";
const OUTPUT_TOPIC = "windows";
const WINDOW = { lengthMs: 1_000, slideMs: 500, top: 1_000 };
/** After so many attempts the cause has still been said once. */
const RETRIES = 3;
/** Too short for a session, and long enough for a login on a busy machine. */
const SHORT_TOKEN_MS = 3_000;

type Settings = Record<string, unknown>;

/** Everything that the program says and shows, to be searched for secrets. */
class Said {
  #text = "";

  async add(daemon: RtcountDaemon): Promise<void> {
    for (const path of ["/api/v1/status", "/readyz", "/metrics", "/"]) {
      this.#text += (await daemon.get(path))?.text;
    }
    this.#text += daemon.stdout + daemon.stderr;
  }

  addText(text: string): void {
    this.#text += text;
  }

  assertSilentOf(secret: string): void {
    const at = this.#text.indexOf(secret);
    assert.equal(at, -1, this.#text.slice(Math.max(0, at - 200), at + 200));
  }
}

interface Stage {
  readonly kafka: SecuredKafka;
  /** Holds `password` and `token`. */
  readonly folder: string;
  readonly said: Said;
}

async function fill(bootstrap: string): Promise<void> {
  await Promise.all(CODECS.map((codec, partition) => {
    const lines = Array.from({ length: 1_000 }, (_, i) => `${codec},w${i % 97},ü${i % 5}`);
    return produceLines(lines, { bootstrap, topic: TOPIC, partition, codec });
  }));
}

/** A daemon that reads from `broker`, at the log level that says most. */
function start({ folder }: Stage, broker: string, group: string, security: Settings): RtcountDaemon {
  const kafka = { ...kafkaSource(TOPIC, broker).kafka as Settings, group, ...security };
  const window = { length: `${WINDOW.lengthMs}ms`, slide: `${WINDOW.slideMs}ms`, lateness: "1s" };
  const log = { level: "debug" };
  const rate = { backpressure: false };
  const output = { kafka: { topic: OUTPUT_TOPIC } };
  return new RtcountDaemon({ source: { kafka }, window, top: WINDOW.top, rate, log, output }, {
    env: { CREDENTIALS_DIRECTORY: folder, KAFKA_PASSWORD: PASSWORD, KAFKAJS_DEBUG_PROTOCOL_BUFFERS: "1" },
  });
}

function tlsOf({ authority }: SecuredKafka): Settings {
  return { enabled: true, ca_file: authority.file };
}

function mtlsOf(kafka: SecuredKafka): Settings {
  const { certificateFile, keyFile } = kafka.ours;
  return { ...tlsOf(kafka), cert_file: certificateFile, key_file: keyFile };
}

const BY_FILE = { username: USER, password_file: "${CREDENTIALS_DIRECTORY}/password" };
const BY_ENVIRONMENT = { username: USER, password: "${KAFKA_PASSWORD}" };
const BY_TOKEN = { mechanism: "oauthbearer", token_file: "${CREDENTIALS_DIRECTORY}/token" };

async function testCounts(t: Deno.TestContext, stage: Stage): Promise<void> {
  const { kafka } = stage;
  const { bootstrap } = kafka.cluster;
  const expected = await expectedBlocks({ bootstrap, topic: TOPIC }, WINDOW);
  const cells: [name: string, listener: string, security: Settings][] = [
    ["plaintext and plain", "SASL_PLAIN_TEXT", { sasl: { mechanism: "plain", ...BY_ENVIRONMENT } }],
    ["TLS", "TLS", { tls: tlsOf(kafka) }],
    ["TLS and scram-sha-256", "SASL_TLS", {
      tls: tlsOf(kafka),
      sasl: { mechanism: "scram-sha-256", ...BY_FILE },
    }],
    ["mutual TLS and scram-sha-512", "SASL_MTLS", {
      tls: mtlsOf(kafka),
      sasl: { mechanism: "scram-sha-512", ...BY_FILE },
    }],
    ["mutual TLS and oauthbearer", "SASL_MTLS", { tls: mtlsOf(kafka), sasl: BY_TOKEN }],
  ];
  for (const [name, listener, security] of cells) {
    await t.step(`rtcount run prints and writes every window of five codecs over ${name}`, async () => {
      await using daemon = start(stage, kafka.address(listener), name, security);
      await waitForTimeOf(expected[expected.length - 1], daemon);
      await daemon.metricAtLeast(
        'rtcount_output_records_total{output="kafka",result="sent"}',
        expected.length,
      );
      await stage.said.add(daemon);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
      assert.equal(daemon.stdout, expected.join(""));
    });
  }
}

/** The fault is on the broker's side, so that it can be repaired while the daemon runs. */
async function testMistakes(t: Deno.TestContext, stage: Stage): Promise<void> {
  const { kafka } = stage;
  const tls = tlsOf(kafka);
  const plain = { mechanism: "plain", ...BY_FILE };
  const scram = { mechanism: "scram-sha-256", ...BY_FILE };
  const cases: [name: string, reason: RegExp, wrong: string, right: string, security: Settings][] = [
    ["an expired certificate", /\(CN=expired\) expired at 2021-01-01T00:00:00Z/, "EXPIRED", "TLS", { tls }],
    [
      "a wrong name",
      /is for broker\.example, .* not for 127\.0\.0\.1: use a name of the certificate/,
      "WRONG_NAME",
      "TLS",
      { tls },
    ],
    ["an unknown authority", /\(CN=untrusted\): add it to tls\.ca_file/, "UNKNOWN", "TLS", { tls }],
    ["a missing certificate", /requires a client certificate .* set tls\.cert_file/, "MTLS", "TLS", { tls }],
    [
      "a wrong password",
      /rejects the user \\"alice\\" with this password \(SASL PLAIN\)/,
      "OTHER_PASSWORD",
      "SASL_PLAIN_TEXT",
      { sasl: plain },
    ],
    [
      "a mechanism that is not offered",
      /does not offer SASL SCRAM-SHA-256: .* \(PLAIN\)/,
      "PLAIN_ONLY",
      "SASL_PLAIN_TEXT",
      { sasl: scram },
    ],
    ["a plaintext port", /does not support TLS: set tls\.enabled to false/, "PLAIN_TEXT", "TLS", { tls }],
    ["a TLS port", /expects TLS: set tls\.enabled to true/, "TLS", "PLAIN_TEXT", {}],
    [
      "a port that requires a login",
      /requires a login \(SASL .*\): set sasl\.mech/,
      "SASL_PLAIN_TEXT",
      "PLAIN_TEXT",
      {},
    ],
  ];
  for (const [name, reason, wrong, right, security] of cases) {
    await t.step(`rtcount run says the cause of ${name}, waits, and goes on when it is mended`, async () => {
      await using proxy = await TcpProxy.start(0, kafka.address(wrong));
      await using daemon = start(stage, proxy.address, name, security);
      const restarts = await daemon.metricAtLeast("rtcount_consumer_restarts_total", RETRIES);
      await daemon.waitFor(`${reason} and the address at /readyz`, async () => {
        const ready = await daemon.get("/readyz");
        return ready?.status === 503 && reason.test(ready.text) && ready.text.includes(proxy.address);
      });
      assert.equal((await daemon.get("/healthz"))?.status, 200);
      assert.equal(await daemon.metric("rtcount_ready"), 0);
      assert.ok(restarts < 10, `${restarts} restarts`);
      const warnings = daemon.stderr.split("\n").filter((line) => line.includes("trying again"));
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(warnings[0].replaceAll('"', '\\"'), reason);
      await stage.said.add(daemon);
      proxy.target = kafka.address(right);
      await daemon.waitForReadiness();
      await daemon.waitForLine(/recovered/);
      await stage.said.add(daemon);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
    });
  }
}

async function testToken(stage: Stage): Promise<string[]> {
  const file = join(stage.folder, "token");
  const tokens: string[] = [];
  const write = async (token: string) => {
    tokens.push(token);
    await Deno.writeTextFile(`${file}.new`, `${token}\n`);
    await Deno.rename(`${file}.new`, file);
  };
  await write(makeToken({ expiresInMs: -100_000 }));
  await using daemon = start(stage, stage.kafka.address("SHORT"), "token", { sasl: BY_TOKEN });
  const waitForReason = (reason: RegExp) =>
    daemon.waitFor(`${reason} at /readyz`, async () => {
      const ready = await daemon.get("/readyz");
      return ready?.status === 503 && reason.test(ready.text);
    });
  await waitForReason(/rejects the token in .*token, which expired at 20/);
  let writtenMs = -Infinity;
  await daemon.waitFor("200 at /readyz", async () => {
    // On a slow machine the first ones may run out before the daemon is ready.
    if (performance.now() - writtenMs > SHORT_TOKEN_MS / 2) {
      await write(makeToken({ expiresInMs: SHORT_TOKEN_MS }));
      writtenMs = performance.now();
    }
    return (await daemon.get("/readyz"))?.status === 200;
  });
  // It runs out, too.
  await waitForReason(/rejects the token in .*token, which expired at 20/);
  await Deno.remove(file);
  await waitForReason(/cannot read the token in .*token: No such file/);
  await write(makeToken());
  await daemon.waitForReadiness();
  await stage.said.add(daemon);
  return tokens;
}

/** The messages of commands that start no daemon, and the warnings of a daemon. */
async function testCommands(stage: Stage): Promise<void> {
  const { folder, kafka } = stage;
  const env = { CREDENTIALS_DIRECTORY: folder, KAFKA_PASSWORD: PASSWORD };
  const source = (sasl: Settings, tls: Settings) =>
    JSON.stringify({
      source: { kafka: { brokers: [kafka.address("UNKNOWN")], topics: [TOPIC], tls, sasl } },
    });
  const sasl = { mechanism: "plain", ...BY_ENVIRONMENT };
  await withFile(source(sasl, mtlsOf(kafka)), async (path) => {
    for (const command of ["show", "check"]) {
      const { status, stdout, stderr } = await runRtcount(["config", command, path], { env });
      assert.equal(status, 0, stderr);
      if (command === "show") assert.match(stdout, /password: <secret>/);
      stage.said.addText(stdout + stderr);
    }
    const wrong = ["--set", `source.kafka.sasl.password_file=${folder}/password`];
    const { status, stderr } = await runRtcount(["run", "--config", path, ...wrong], { env });
    assert.equal(status, 78);
    assert.match(stderr, /--set source\.kafka\.sasl\.password_file: cannot be combined with password/);
    stage.said.addText(stderr);
  });
  await Deno.chmod(join(folder, "password"), 0o644);
  await using daemon = start(stage, kafka.address("UNKNOWN"), "warned", {
    tls: { enabled: true, verify: false },
    sasl: { mechanism: "plain", ...BY_FILE },
  });
  await daemon.waitFor(
    "the warnings",
    () =>
      /WARNING .*verify: is false, so any server/.test(daemon.stderr) &&
      /WARNING .*password_file: .* can be read by every user of this machine/.test(
        daemon.stderr,
      ),
  );
  await stage.said.add(daemon);
}

/** Before Deno 2.8 a TLS connection to a broker gets no answer. */
newerRuntimeTest({
  name: `rtcount run on Kafka ${NEWEST_KAFKA_VERSION} with TLS and logins`,
  ignore: await missingForSecuredKafka(),
  async fn(t) {
    await using kafka = await startSecuredKafka({ version: NEWEST_KAFKA_VERSION });
    const folder = await Deno.makeTempDir({ prefix: "rtcount-credentials-" });
    const token = makeToken();
    for (const [name, text] of [["password", `${PASSWORD}\n`], ["token", token]]) {
      await Deno.writeTextFile(join(folder, name), text, { mode: 0o600 });
    }
    const stage = { kafka, folder, said: new Said() };
    try {
      await kafka.cluster.createTopic(TOPIC, { partitions: CODECS.length });
      await kafka.cluster.createTopic(OUTPUT_TOPIC);
      await fill(kafka.cluster.bootstrap);
      await testCounts(t, stage);
      await testMistakes(t, stage);
      let tokens: string[] = [];
      await t.step("rtcount run reads its token again when it has run out", async () => {
        tokens = await testToken(stage);
      });
      await t.step("rtcount warns of what is allowed and not wise", () => testCommands(stage));
      await t.step("rtcount says nothing of a password, a key or a token at level debug", () => {
        assert.throws(() => stage.said.assertSilentOf(USER), "what was searched says something");
        const key = Deno.readTextFileSync(kafka.ours.keyFile).split("\n")[1];
        for (const secret of [PASSWORD, btoa(PASSWORD), token, ...tokens, key]) {
          stage.said.assertSilentOf(secret);
        }
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
