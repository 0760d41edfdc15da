// A daemon that counts a stream while its brokers, or the network to them, fail. It must neither end nor be unhealthy. At
// the end it has emitted every window of the topic, each once.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { expectedBlocks, printedBlocks, waitForTimeOf } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import type { KafkaCluster } from "../machine/kafka/broker.ts";
import { logEnds } from "../machine/kafka/kcat.ts";
import { sendEnd, sendStream, type StreamOptions } from "./dated_stream.ts";
import { openPersistentProducer } from "./persistent_producer.ts";
import { PaneCounts } from "./pane_counts.ts";

const PARTITIONS = 4;
const RECORDS_PER_CHUNK = 20;
const CHUNK_MS = 200;
/** Event time passes fifteen times as fast as the records are sent. */
const STEP_MS = 3_000;
const DISORDER_MS = 2_000;
/** At the end of a log the watermark advances with time. This lateness outlasts every outage. */
const WINDOW = { lengthMs: 20_000, slideMs: 2_000, latenessMs: 90_000 };
const LONGEST_RUN_MS = 1_800_000;
const VOCABULARY = 50;
/** More than the number of words, so the console shows every count. */
const TOP = 1_000;
const HEALTH_MS = 250;
/** The promised time. */
const CONSUMING_WITHIN_MS = 60_000;

export interface OutageRunOptions {
  readonly kafka: KafkaCluster;
  readonly topic: string;
  readonly seed: number;
  /** The address by which the daemon reaches the brokers. */
  readonly brokers: readonly string[];
}

export class OutageRun implements AsyncDisposable {
  readonly daemon: RtcountDaemon;
  readonly #kafka: KafkaCluster;
  readonly #topic: string;
  readonly #stream: StreamOptions;
  readonly #ending = new AbortController();
  readonly #sending: Promise<number>;
  readonly #watching: Promise<void>;
  #unhealthy: string | undefined;

  private constructor({ kafka, topic, seed, brokers }: OutageRunOptions) {
    this.#kafka = kafka;
    this.#topic = topic;
    const { signal } = this.#ending;
    const startedMs = performance.now();
    this.#stream = {
      bootstrap: kafka.bootstrap,
      topic,
      partitions: PARTITIONS,
      recordsPerChunk: RECORDS_PER_CHUNK,
      startMs: Date.now() - LONGEST_RUN_MS * STEP_MS / CHUNK_MS,
      stepMs: STEP_MS,
      disorderMs: DISORDER_MS,
      latenessMs: WINDOW.latenessMs,
      seed,
      words: (partition, random) => [`p${partition}`, `w${Math.floor(VOCABULARY * random() ** 2)}`],
      // Records that are sent again are in the topic twice, so the topic says what there is to count.
      counts: new PaneCounts(WINDOW),
      async untilDue(chunk) {
        await systemClock.sleep(startedMs + chunk * CHUNK_MS - performance.now(), signal);
        return !signal.aborted;
      },
      open: openPersistentProducer,
    };
    this.#sending = sendStream(this.#stream);
    this.daemon = new RtcountDaemon({
      source: { kafka: { brokers, topics: [topic], group: topic, start: "earliest" } },
      window: {
        length: `${WINDOW.lengthMs}ms`,
        slide: `${WINDOW.slideMs}ms`,
        lateness: `${WINDOW.latenessMs}ms`,
      },
      top: TOP,
      rate: { backpressure: false },
    });
    this.#watching = this.#watchHealth();
  }

  /** Makes the topic on all brokers and waits until the daemon counts it. */
  static async start(options: OutageRunOptions): Promise<OutageRun> {
    await options.kafka.createTopic(options.topic, { partitions: PARTITIONS });
    const run = new OutageRun(options);
    await run.daemon.metricAtLeast("rtcount_windows_closed_total", 1);
    return run;
  }

  get restarts(): Promise<number | undefined> {
    return this.daemon.metric("rtcount_consumer_restarts_total");
  }

  /** Waits until the daemon has counted all records in the topic, and a record that is sent after this call. */
  async consumes(when: string): Promise<void> {
    const sinceMs = performance.now();
    const before = await this.#recordCount();
    await this.daemon.waitFor(
      "the stream to continue",
      async () => await this.#recordCount() >= before + PARTITIONS * RECORDS_PER_CHUNK,
    );
    const goesOnMs = performance.now();
    const taken = `rtcount_records_total{topic="${this.#topic}"}`;
    const recordCount = await this.#recordCount();
    while ((await this.daemon.metric(taken) ?? 0) < recordCount) {
      this.#assertHealthy();
      const waitedMs = performance.now() - sinceMs;
      if (waitedMs > CONSUMING_WITHIN_MS) {
        assert.fail(`${when}: not consuming for ${waitedMs} ms:\n${this.daemon.stderr.slice(-4_000)}`);
      }
      await systemClock.sleep(HEALTH_MS / 5);
    }
    const seconds = (ms: number) => (ms / 1_000).toFixed(1);
    const tookMs = performance.now() - sinceMs;
    console.log(
      `${when}: the stream continued after ${seconds(goesOnMs - sinceMs)} s, all was counted ` +
        `${seconds(tookMs)} s after the call, ${await this.restarts} restarts so far`,
    );
  }

  /** Waits until /readyz is not ready for this reason. */
  async saysWhy(reason: RegExp): Promise<void> {
    await this.daemon.waitFor(`/readyz to say ${reason}`, async () => {
      const page = await this.daemon.get("/readyz");
      return page?.status === 503 && reason.test(page.text);
    });
  }

  async isReady(): Promise<void> {
    let said: string | undefined;
    await this.daemon.waitFor("/readyz to answer 200", async () => {
      const page = await this.daemon.get("/readyz");
      said = page?.text;
      return page?.status === 200;
    }).catch((error) => {
      throw new Error(`/readyz says ${said}`, { cause: error });
    });
  }

  /** Ends the stream, lets the last window close, stops the daemon, and checks all emitted windows. */
  async finish(): Promise<void> {
    this.#ending.abort();
    const records = await this.#sending;
    const { lengthMs, slideMs } = WINDOW;
    const source = { bootstrap: this.#kafka.bootstrap, topic: this.#topic };
    const expected = await expectedBlocks(source, { lengthMs, slideMs, top: TOP });
    const recordCount = await this.#recordCount();
    assert.ok(recordCount >= records, `the topic has ${recordCount} of ${records} records`);
    const { ends } = this.#stream.counts;
    assert.equal(expected.length, ends.length);
    await sendEnd(ends[ends.length - 1], this.#stream);
    await waitForTimeOf(expected[expected.length - 1], this.daemon);
    this.#assertHealthy();
    await this.#watching;
    this.daemon.kill("SIGTERM");
    assert.equal(await this.daemon.status, 0, this.daemon.stderr);
    assert.deepEqual(printedBlocks(this.daemon.stdout), expected);
    console.log(
      `${expected.length} windows of ${recordCount} records, ${recordCount - records} of them sent twice`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled([this.#sending, this.#watching]);
    await this.daemon[Symbol.asyncDispose]();
  }

  /** The number of records in the topic, as far as all partitions answer. */
  async #recordCount(): Promise<number> {
    let failure: unknown;
    return await this.daemon.waitFor("the ends of the topic", async () => {
      try {
        const { bootstrap } = this.#kafka;
        const ends = await logEnds({ bootstrap, topic: this.#topic, partitions: PARTITIONS });
        return ends.reduce((sum, end) => sum + end, 0);
      } catch (error) {
        failure = error;
        return false; // brokers that have just come back do not know all leaders yet
      }
    }).catch((error) => {
      throw new Error(error.message, { cause: failure });
    });
  }

  async #watchHealth(): Promise<void> {
    const { signal } = this.#ending;
    await this.daemon.waitFor("/healthz", async () => (await this.daemon.get("/healthz"))?.status === 200);
    while (!signal.aborted && this.#unhealthy === undefined) {
      const page = await this.daemon.get("/healthz");
      if (page?.status !== 200) this.#unhealthy = JSON.stringify(page) ?? "no answer";
      await systemClock.sleep(HEALTH_MS, signal);
    }
  }

  #assertHealthy(): void {
    assert.equal(
      this.#unhealthy,
      undefined,
      `/healthz; the program said:\n${this.daemon.stderr.slice(-4_000)}`,
    );
  }
}
