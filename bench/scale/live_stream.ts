// Sends records to all partitions as they would come in service, dated now.

import { Buffer } from "node:buffer";
import { systemClock } from "../../lib/async/clock.ts";
import { writeRecordBatch } from "../../tests/kafka/wire/record_batch_writer.ts";
import { openProducers, type PartitionProducers } from "../../tests/machine/kafka/producer.ts";
import type { Corpus } from "../corpus.ts";

const PAUSE_MS = 50;
const RECORDS_PER_BATCH = 30;

export class LiveStream implements AsyncDisposable {
  /** Wall clock. */
  readonly startedMs: number = systemClock.nowMs();
  readonly #producers: PartitionProducers;
  readonly #corpus: Corpus;
  readonly #ending = new AbortController();
  readonly #sending: Promise<void>;
  #sent = 0;

  private constructor(producers: PartitionProducers, corpus: Corpus) {
    this.#producers = producers;
    this.#corpus = corpus;
    this.#sending = this.#send();
    // Its error is thrown where the promise is awaited.
    this.#sending.catch(() => {});
  }

  static async start(
    bootstrap: string,
    { topic, partitions, corpus }: { topic: string; partitions: number; corpus: Corpus },
  ): Promise<LiveStream> {
    return new LiveStream(await openProducers({ bootstrap, topic, partitions }), corpus);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#sending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#producers[Symbol.dispose]();
  }

  async #send(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const timestampMs = systemClock.nowMs();
      await Promise.all(this.#producers.all.map((producer) => producer.send(this.#write(timestampMs))));
      await systemClock.sleep(PAUSE_MS, signal);
    }
  }

  #write(timestampMs: number): Uint8Array {
    const { bytes, starts, ends, records } = this.#corpus;
    return writeRecordBatch({
      records: Array.from({ length: RECORDS_PER_BATCH }, () => {
        const i = this.#sent++ % records;
        return { timestampMs, value: Buffer.from(bytes.subarray(starts[i], ends[i])) };
      }),
    });
  }
}
