// LaneTally adds up what a lane has taken in a turn, so that the metrics are changed once per turn and not for each run.

import type { RecordTally } from "./record_tally.ts";

export class LaneTally {
  #taken = 0;
  #bytes = 0;
  #replayed = 0;
  #counted = 0;
  #filtered = 0;
  #words = 0;

  taken(records: number, bytes: number): void {
    this.#taken += records;
    this.#bytes += bytes;
  }

  replayed(records: number): void {
    this.#replayed += records;
  }

  filtered(records: number): void {
    this.#filtered += records;
  }

  counted(records: number, words: number): void {
    this.#counted += records;
    this.#words += words;
  }

  /** Adds all to the metrics, and begins anew. */
  flush(topic: string, tally: RecordTally): void {
    if (this.#taken > 0) tally.recordsTaken(topic, this.#taken, this.#bytes);
    if (this.#replayed > 0) tally.recordsReplayed(topic, this.#replayed);
    if (this.#filtered > 0) tally.recordsFiltered(topic, this.#filtered);
    if (this.#counted > 0) tally.recordsCounted(this.#counted);
    if (this.#words > 0) tally.wordsCounted(this.#words);
    this.#taken =
      this.#bytes =
      this.#replayed =
      this.#counted =
      this.#filtered =
      this.#words =
        0;
  }
}
