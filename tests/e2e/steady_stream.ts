// Records that keep coming: one every tenth of a second, dated now.

import { openProducer } from "../machine/kafka/producer.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

const INTERVAL_MS = 100;
const encoder = new TextEncoder();

/** Sends until it is disposed of. */
export class SteadyStream implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #sending: Promise<void>;

  constructor(target: { bootstrap: string; topic: string; partition: number }) {
    this.#sending = this.#send(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#sending;
  }

  async #send(target: { bootstrap: string; topic: string; partition: number }): Promise<void> {
    using producer = await openProducer(target);
    while (!this.#ending.signal.aborted) {
      const record = { timestampMs: Date.now(), key: null, value: encoder.encode("a,b,a") };
      await producer.send(writeRecordBatch({ records: [record] }));
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }
}
