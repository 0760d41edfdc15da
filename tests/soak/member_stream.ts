// The stream that the members of a group count. Each word names its partition, so that a window shows whose records it
// counts.

import { systemClock } from "../../lib/async/clock.ts";
import { sendStream } from "./dated_stream.ts";
import { PaneCounts } from "./pane_counts.ts";

export const PARTITIONS = [0, 1, 2, 3, 4, 5];
/** More than the number of words, so the console shows every count. */
export const TOP = 1_000;
const DISORDER_MS = 1_000;
/** In each partition. */
const RECORDS_PER_CHUNK = 20;
const CHUNK_MS = 100;
export const CHUNKS_PER_SECOND: number = 1_000 / CHUNK_MS;
/** Event time passes four times as fast as the records are sent. */
const STEP_MS = 400;
const VOCABULARY = 30;

export interface MemberStreamOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly window: { readonly lengthMs: number; readonly slideMs: number; readonly latenessMs: number };
  /** How long the test takes at most. */
  readonly durationMs: number;
  readonly seed: number;
  /** In each partition, ten times a second. */
  readonly recordsPerChunk?: number;
}

/** Sends from its creation until it is disposed, which throws what stopped it. */
export class MemberStream implements AsyncDisposable {
  /** The expected windows. */
  readonly counts: PaneCounts;
  readonly #ending = new AbortController();
  readonly #sent: Promise<unknown>;

  constructor(
    { bootstrap, topic, window, durationMs, seed, recordsPerChunk = RECORDS_PER_CHUNK }: MemberStreamOptions,
  ) {
    this.counts = new PaneCounts(window);
    const begunMs = performance.now();
    const { signal } = this.#ending;
    this.#sent = sendStream({
      bootstrap,
      topic,
      partitions: PARTITIONS.length,
      recordsPerChunk,
      // Not ahead of any clock, however long the test takes.
      startMs: Date.now() - (STEP_MS / CHUNK_MS) * (durationMs + 300_000),
      stepMs: STEP_MS,
      disorderMs: DISORDER_MS,
      latenessMs: window.latenessMs,
      seed,
      words: (
        partition,
        random,
      ) => [`${partition}-all`, `${partition}-${Math.floor(VOCABULARY * random() ** 2)}`],
      counts: this.counts,
      async untilDue(chunk) {
        await systemClock.sleep(begunMs + chunk * CHUNK_MS - performance.now(), signal);
        return !signal.aborted;
      },
    });
    // Its error is thrown where the promise is awaited.
    this.#sent.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#sent;
  }
}
