// Records that keep coming: some every tenth of a second, dated now.

import { openProducer } from "../machine/kafka/producer.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

const INTERVAL_MS = 100;
const encoder = new TextEncoder();

/** Sends until it is disposed of. */
export class SteadyStream implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #sending: Promise<void>;

  /** `lines`: the values of the records that it sends each time. */
  constructor(
    target: { bootstrap: string; topic: string; partition: number },
    lines: readonly string[] = ["a,b,a"],
  ) {
    this.#sending = this.#send(target, lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#sending;
  }

  async #send(
    target: { bootstrap: string; topic: string; partition: number },
    lines: readonly string[],
  ): Promise<void> {
    const values = lines.map((line) => encoder.encode(line));
    using producer = await openProducer(target);
    while (!this.#ending.signal.aborted) {
      const timestampMs = Date.now();
      const records = values.map((value) => ({ timestampMs, key: null, value }));
      await producer.send(writeRecordBatch({ records }));
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }
}
