// Kills the daemon by SIGKILL repeatedly while producers write whose clocks are up to 30 s slow or fast. The lateness covers
// slow clocks, so that no record is late, and every emitted window equals a recount.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { printedBlocks, waitForTimeOf } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import type { KafkaCluster } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { openProducers } from "../machine/kafka/producer.ts";
import { checkRuns, type RunOutput, runUntilKilled } from "./killed_runs.ts";
import { PaneCounts } from "./pane_counts.ts";
import { soakSettings, startSoakKafka } from "./soak_kafka.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const TOPIC = "wrong-clocks";
const KILLS = soakLength({ short: 4, long: 100 });
const PARTITIONS = [0, 1, 2, 3];
const MAX_DIFFERENCE_MS = 30_000;
/** Between making a record and its arrival; a broker on a busy machine takes a while. */
const MAX_DELIVERY_MS = 4_000;
const WINDOW = { lengthMs: 8_000, slideMs: 1_000, latenessMs: MAX_DIFFERENCE_MS + MAX_DELIVERY_MS + 1_000 };
/**
 * Fast clocks are ahead by more than the lag of a process after a kill. When the clock has overtaken the date of a record
 * that was not read, the record moves the watermark there, and records of slow clocks are late.
 */
const MIN_LEAD_MS = 25_000;
/** Windows are emitted, and so offsets committed, at least so often. */
const MAX_SILENCE_MS = 3_000;
const CHUNK_MS = 200;
const RECORDS_PER_CHUNK = 20;
const VOCABULARY = 100;
/** More than the number of words, so the console shows every count. */
const TOP = 1_000;

Deno.test({
  name:
    "rtcount run emits every window, and each right, however wrong clocks are and however often it is killed",
  ignore: await missingForKafka() !== undefined,
  async fn() {
    await using kafka = await startSoakKafka();
    const seed = soakSeed("clocks_kill_test");
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS.length });
    const random = seededRandom(seed, PARTITIONS.length);
    const stream = new LiveStream(kafka, seed);
    const sending = stream.send();
    // Without records there is no window; the error is thrown where this promise is awaited.
    let isSending = true;
    sending.catch(() => isSending = false);
    const dir = await Deno.makeTempDir({ prefix: "rtcount-state-" });
    try {
      const settings = soakSettings(kafka, { topic: TOPIC, window: WINDOW, top: TOP });
      const withState = { ...settings, state: { dir, interval: "1s" } };
      const runs: RunOutput[] = [];
      let emittedMs = -Infinity;
      while (runs.length < KILLS && isSending) {
        // The commits bound the lag.
        const minWindows = systemClock.monotonicMs() - emittedMs > MAX_SILENCE_MS ? 1 : 0;
        const options = { partitions: PARTITIONS.length, minWindows, random };
        const run = await runUntilKilled(random() < 0.5 ? withState : settings, options);
        if (printedBlocks(run.stdout).length > 0) emittedMs = systemClock.monotonicMs();
        runs.push(run);
      }
      const { counts } = stream;
      // Records go on until the newest window of this moment has closed, for watermarks of idle partitions move otherwise.
      const newestMs = Math.floor(systemClock.nowMs() / WINDOW.slideMs) * WINDOW.slideMs;
      await using last = new RtcountDaemon(settings);
      await waitForTimeOf(counts.block(newestMs, { partitions: PARTITIONS, top: TOP }), last);
      stream.stop();
      await sending;
      last.kill("SIGTERM");
      assert.equal(await last.status, 0, last.stderr);
      const { ends } = counts;
      const expected = ends.map((endMs) => counts.block(endMs, { partitions: PARTITIONS, top: TOP }));
      checkRuns([...runs, last], expected, ends.indexOf(newestMs) + 1);
    } finally {
      stream.stop();
      await Promise.allSettled([sending]);
      await Deno.remove(dir, { recursive: true });
    }
  },
});

/** Records dated by clocks of which each is wrong in its own way. */
class LiveStream {
  readonly counts = new PaneCounts(WINDOW);
  readonly #kafka: KafkaCluster;
  readonly #randoms: readonly Random[];
  readonly #stopping = new AbortController();

  constructor(kafka: KafkaCluster, seed: number) {
    this.#kafka = kafka;
    this.#randoms = PARTITIONS.map((partition) => seededRandom(seed, partition));
  }

  stop(): void {
    this.#stopping.abort();
  }

  async send(): Promise<void> {
    const { bootstrap } = this.#kafka;
    const { signal } = this.#stopping;
    using producers = await openProducers({ bootstrap, topic: TOPIC, partitions: PARTITIONS.length });
    while (!signal.aborted) {
      const madeMs = systemClock.monotonicMs();
      await Promise.all(
        producers.all.map((producer, partition) => producer.send(this.#makeBatch(partition))),
      );
      const tookMs = systemClock.monotonicMs() - madeMs;
      if (tookMs > MAX_DELIVERY_MS) {
        throw new Error(`this machine is too slow for this test: ${tookMs} ms to send`);
      }
      await systemClock.sleep(CHUNK_MS, signal);
    }
  }

  /** Most clocks of a partition are right or off by the same; some records come from slower or much faster clocks. */
  #makeBatch(partition: number): Uint8Array {
    const random = this.#randoms[partition];
    const usualMs = [0, MAX_DIFFERENCE_MS, -MAX_DIFFERENCE_MS, 0][partition];
    const nowMs = systemClock.nowMs();
    const records = Array.from({ length: RECORDS_PER_CHUNK }, () => {
      const kind = random();
      const wrongMs = kind < 0.05
        ? randomInteger(random, -MAX_DIFFERENCE_MS, 0)
        : kind < 0.1
        ? randomInteger(random, MIN_LEAD_MS, MAX_DIFFERENCE_MS)
        : usualMs;
      const words = [`p${partition}`, `w${Math.floor(VOCABULARY * random() ** 2)}`, "every"];
      this.counts.add(partition, nowMs + wrongMs, words);
      return { timestampMs: nowMs + wrongMs, value: Buffer.from(words.join()) };
    });
    return writeRecordBatch({ records });
  }
}
