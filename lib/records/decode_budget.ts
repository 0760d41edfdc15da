// A DecodeBudget limits the bytes that one turn of the pipeline decodes, because heartbeats and HTTP are answered
// between two turns. It also limits the memory of decoded records that are not taken yet, over all partitions.

/** One turn reads and decompresses at most this many bytes, and a part of a batch. */
export const MAX_WORK_BYTES = 8 * 1024 * 1024;
/** With this much decoded, no further batch is begun. The last one begun may exceed it. */
export const MAX_DECODED_BYTES = 64 * 1024 * 1024;
/** The cost of a batch that holds nothing. */
const MIN_BATCH_WORK_BYTES = 4 * 1024;

export class DecodeBudget {
  /** The most records that one part of a batch has. */
  partRecords = Infinity;
  #workBytes = 0;
  /** The bytes that are decoded and not taken yet, or more. */
  #decodedBytes = Infinity;
  #lacksRoom = false;
  #sumUp: (() => number) | undefined;

  /** Begins a turn. `sumUp` returns the bytes that are decoded and not taken yet; it is called once, where it matters. */
  begin(sumUp: () => number, partRecords = Infinity): void {
    this.partRecords = partRecords;
    this.#workBytes = MAX_WORK_BYTES;
    this.#sumUp = sumUp;
    this.#lacksRoom = false;
  }

  /** A batch was not begun in this turn, since too much is decoded. */
  get lacksRoom(): boolean {
    return this.#lacksRoom;
  }

  /** The turn has decoded something. */
  get isUsed(): boolean {
    return this.#workBytes < MAX_WORK_BYTES;
  }

  /** Whether the turn may decode more. A batch that is begun already takes its memory in any case. */
  allows({ isBegun }: { readonly isBegun: boolean }): boolean {
    if (this.#workBytes <= 0) return false;
    if (isBegun || this.#hasRoom()) return true;
    this.#lacksRoom = true;
    return false;
  }

  /** Nothing reports the memory that taken records give back, so the known sum is an upper bound. */
  #hasRoom(): boolean {
    if (this.#decodedBytes >= MAX_DECODED_BYTES && this.#sumUp !== undefined) {
      this.#decodedBytes = this.#sumUp();
      this.#sumUp = undefined;
    }
    return this.#decodedBytes < MAX_DECODED_BYTES;
  }

  /** Adds what was decoded, and by how much the memory has changed. */
  take(workBytes: number, decodedBytes: number): void {
    this.#workBytes -= Math.max(MIN_BATCH_WORK_BYTES, workBytes);
    this.#decodedBytes += decodedBytes;
  }
}
