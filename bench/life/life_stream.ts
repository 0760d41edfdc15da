// The stream of a long life. Its words change all the time; each names its partition, so that a window shows whose records
// it counts. It can be paused while the broker is down: then no record is in the log twice.

import { systemClock } from "../../lib/async/clock.ts";
import { openPersistentProducer } from "../../tests/soak/persistent_producer.ts";
import { sendStream } from "../../tests/soak/dated_stream.ts";
import { PaneCounts } from "../../tests/soak/pane_counts.ts";

export const PARTITIONS = 6;
/** The watermark advances with time while no record comes. This lateness outlasts each restart of the broker. */
export const WINDOW = { lengthMs: 60_000, slideMs: 2_000, latenessMs: 150_000 };

const CHUNK_MS = 250;
/** Event time passes four times as fast as the records are sent. */
const STEP_MS = 1_000;
const RECORDS_PER_CHUNK = 12;
const DISORDER_MS = 2_000;
/** In every window some words are new, and others do not come back. */
const VOCABULARY = 40;
const CHUNKS_OF_VOCABULARY = 20;

export class LifeStream implements AsyncDisposable {
  /** The expected windows. */
  readonly counts: PaneCounts = new PaneCounts(WINDOW);
  readonly #ending = new AbortController();
  readonly #sent: Promise<number>;
  /** Resolves when sending may continue; undefined while it is not paused. */
  #pause: PromiseWithResolvers<void> | undefined;
  /** Resolves when all that was sent is acknowledged. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** @param options.durationMs the longest time for which it sends */
  constructor(options: { bootstrap: string; topic: string; durationMs: number; seed: number }) {
    const { bootstrap, topic, durationMs, seed } = options;
    let at = 0;
    this.#sent = sendStream({
      bootstrap,
      topic,
      partitions: PARTITIONS,
      recordsPerChunk: RECORDS_PER_CHUNK,
      // Not ahead of any clock, however long the run takes.
      startMs: systemClock.nowMs() - (STEP_MS / CHUNK_MS) * (durationMs + 600_000),
      stepMs: STEP_MS,
      disorderMs: DISORDER_MS,
      latenessMs: WINDOW.latenessMs,
      seed,
      words: (partition, random) => {
        const epoch = Math.floor(at / CHUNKS_OF_VOCABULARY);
        const word = Math.floor(VOCABULARY * random() ** 2);
        return [`${partition}-all`, `${partition}-${word}`, `${partition}-${epoch}-${word}`];
      },
      counts: this.counts,
      untilDue: async (chunk) => {
        at = chunk;
        this.#idle?.resolve();
        await this.#pause?.promise;
        await systemClock.sleep(CHUNK_MS, this.#ending.signal);
        return !this.#ending.signal.aborted;
      },
      open: openPersistentProducer,
    });
    // Its error is thrown where the promise is awaited.
    this.#sent.catch(() => {});
  }

  /** Resolves when nothing is under way to the broker. */
  async pause(): Promise<void> {
    this.#pause = Promise.withResolvers();
    this.#idle = Promise.withResolvers();
    await Promise.race([this.#idle.promise, this.#sent]);
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
    this.#idle = undefined;
  }

  /** Stops sending; returns the number of records. */
  async stop(): Promise<number> {
    this.#ending.abort();
    this.resume();
    return await this.#sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
