// Tokens from an authorization server, on brokers that verify them: windows without a gap while tokens are renewed, and the
// message of each mistake. The broker is of the newest release; the long form also runs the oldest one of the tests.

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../lib/async/clock.ts";
import { checkChain } from "../../lib/check/checker.ts";
import type { Finding } from "../../lib/check/finding.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { formatConfig } from "../../lib/config/show.ts";
import { startDaemon } from "../../lib/daemon/daemon.ts";
import { createLog } from "../../lib/log/log.ts";
import { KAFKA_VERSION, missingForKafka, NEWEST_KAFKA_VERSION } from "../machine/kafka/distribution.ts";
import {
  AUDIENCE,
  CLIENT_ID,
  CLIENT_SECRET,
  SCOPE,
  startOauthKafka,
  startTokenIssuer,
  type TokenIssuer,
} from "../machine/kafka/oauth_kafka.ts";
import { missingPrograms } from "../machine/machine.ts";
import { isLong } from "../soak/soak_length.ts";
import { expectedBlocks, waitForTimeOf } from "./console_blocks.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { RtcountDaemon } from "./rtcount_process.ts";
import { SteadyStream } from "./steady_stream.ts";

const TOPIC = "words";
/** Blocks show whole seconds. */
const WINDOW = { lengthMs: 2_000, slideMs: 1_000, top: 100 };
/** The endpoint tells this lifetime, so that a token is renewed every 1.5 s. */
const EXPIRES_IN_SECONDS = 2;
const TOKENS = isLong ? 20 : 4;
const WRONG_SECRET = "not-the-s3cret";
const WAIT_MS = 180_000;

interface Stage {
  readonly issuer: TokenIssuer;
  readonly broker: string;
  readonly folder: string;
}

/** A configuration; `oauth` replaces keys of the right one. */
function settings({ issuer, broker, folder }: Stage, group: string, oauth: Record<string, unknown> = {}) {
  const right = {
    token_url: issuer.tokenUrl,
    client_id: CLIENT_ID,
    client_secret_file: join(folder, "secret"),
    scope: SCOPE,
    audience: AUDIENCE,
    ca_file: issuer.authority.file,
  };
  const sasl = { mechanism: "oauthbearer", oauth: { ...right, ...oauth } };
  return {
    source: { kafka: { brokers: [broker], topics: [TOPIC], group, start: "earliest", sasl } },
    window: { length: `${WINDOW.lengthMs}ms`, slide: `${WINDOW.slideMs}ms`, lateness: "1s" },
    top: WINDOW.top,
    rate: { backpressure: false },
    log: { level: "debug" },
  };
}

async function until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (performance.now() < deadlineMs) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${WAIT_MS / 1_000} s for ${what}`);
}

async function testRenewal(stage: Stage, bootstrap: string): Promise<void> {
  const { issued } = stage.issuer;
  const before = issued.length;
  await using daemon = new RtcountDaemon(settings(stage, "renewal"));
  {
    await using _stream = new SteadyStream({ bootstrap, topic: TOPIC, partition: 0 });
    await until(`${TOKENS} tokens`, () => issued.length >= before + TOKENS || undefined);
  }
  const expected = await expectedBlocks({ bootstrap, topic: TOPIC }, WINDOW);
  await waitForTimeOf(expected[expected.length - 1], daemon);
  const pages = await Promise.all(["/api/v1/status", "/metrics"].map((path) => daemon.get(path)));
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
  assert.equal(daemon.stdout, expected.join(""));
  // A slow machine may let another attempt fail, but none for its token.
  assert.doesNotMatch(daemon.stderr, /(?:token|login).*trying again/);
  assertSilent(daemon.stderr + pages.map((page) => page?.text).join(""), stage);
}

function assertSilent(text: string, { issuer }: Stage): void {
  for (const secret of [CLIENT_SECRET, encodeURIComponent(CLIENT_SECRET), WRONG_SECRET, ...issuer.issued]) {
    assert.ok(!text.includes(secret), `a secret is in: ${text}`);
  }
}

interface Mistake {
  readonly name: string;
  readonly oauth?: Record<string, unknown>;
  readonly broker?: string;
  /** The line of `rtcount check` that reports it. */
  readonly check: "token" | "broker";
  readonly message: RegExp;
}

async function testMistake(
  right: Stage,
  { oauth, broker = right.broker, check, message }: Mistake,
): Promise<void> {
  const stage = { ...right, broker };
  const lines: string[] = [];
  const clock = systemClock;
  const log = createLog({ level: "debug", format: "text", clock, write: (line) => lines.push(line) });
  const text = JSON.stringify({ ...settings(stage, "mistake", oauth), http: { listen: "127.0.0.1:0" } });
  const config = await loadConfig({ file: "f.yaml", text, readTextFile: Deno.readTextFile });
  const daemon = await startDaemon({ config, log, stdout: () => {} });
  try {
    const ready = await until(`${message} at /readyz`, async () => {
      const text = await (await fetch(`${daemon.url}/readyz`)).text();
      return message.test(text.replaceAll('\\"', '"')) ? text : undefined;
    });
    await until(`${message} in the log`, () => lines.some((line) => message.test(line)) || undefined);
    const status = await (await fetch(`${daemon.url}/api/v1/status`)).text();
    const findings: Finding[] = [];
    await checkChain({
      configFile: "f.yaml",
      config,
      problems: [],
      url: daemon.url,
      prometheus: "http://127.0.0.1:1",
      readTextFile: Deno.readTextFile,
      clock,
      onFinding: (finding) => findings.push(finding),
    });
    const found = findings.find((finding) => finding.check === check);
    assert.equal(found?.status, "FAIL", JSON.stringify(findings));
    assert.match(`${found.message}: ${found.remedy}`, message);
    assertSilent(lines.join() + ready + status + formatConfig(config) + JSON.stringify(findings), stage);
  } finally {
    await daemon.stop();
  }
}

for (const version of isLong ? [KAFKA_VERSION, NEWEST_KAFKA_VERSION] : [NEWEST_KAFKA_VERSION]) {
  newerRuntimeTest({
    name: `rtcount run on Kafka ${version} with tokens of an authorization server`,
    ignore: missingPrograms("openssl").length > 0 || await missingForKafka() !== undefined,
    async fn(t) {
      await using issuer = await startTokenIssuer(EXPIRES_IN_SECONDS);
      await using kafka = await startOauthKafka(issuer, { version });
      await kafka.createTopic(TOPIC);
      const folder = await Deno.makeTempDir({ prefix: "rtcount-oauth-" });
      const stage = { issuer, broker: kafka.oauthAddress, folder };
      try {
        for (const [name, text] of [["secret", CLIENT_SECRET], ["wrong", WRONG_SECRET]]) {
          await Deno.writeTextFile(join(folder, name), `${text}\n`, { mode: 0o600 });
        }
        await t.step(
          "tokens are renewed without a gap in the windows",
          () => testRenewal(stage, kafka.bootstrap),
        );
        const mistakes: Mistake[] = [
          {
            name: "a wrong secret",
            oauth: { client_secret_file: join(folder, "wrong") },
            check: "token",
            message:
              /rejects client_id "counter" with this secret \(invalid_client: not <secret>\): correct .*secret_file/,
          },
          {
            name: "a wrong scope",
            oauth: { scope: "other" },
            check: "token",
            message: /does not grant the scope "other" \(invalid_scope\): correct .*scope/,
          },
          {
            name: "an endpoint that does not answer",
            oauth: { token_url: issuer.silentUrl },
            check: "token",
            message:
              /no token from https:.*\/silent: no answer within 5 s: check that the authorization server is up/,
          },
          {
            name: "an unknown authority",
            oauth: { ca_file: null },
            check: "token",
            message:
              /no token from https:.*certificate.*: source\.kafka\.sasl\.oauth\.ca_file names the certificate/,
          },
          {
            name: "another audience",
            broker: kafka.otherAudienceAddress,
            check: "broker",
            message:
              /rejects the token from .*\/token \(issuer "https:\/\/idp\.example\/realm"; audience "the-cluster"\)/,
          },
        ];
        await t.step(`a message of its own for ${mistakes.map(({ name }) => name).join(", ")}`, async () => {
          await Promise.all(mistakes.map((mistake) => testMistake(stage, mistake)));
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
