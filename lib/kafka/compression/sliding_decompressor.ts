// Decompresses Lempel-Ziv blocks in steps: it keeps only as much of the output as later matches may repeat.

import type { Decompressor } from "./decompressor.ts";

/** The blocks of one batch. */
export interface BlockReader {
  readonly isDone: boolean;
  /** The largest output of one `step`. */
  readonly maxStepBytes: number;
  /** Decompresses a bounded part of the data to `start`, and returns the end. Matches may reach back to the start of `output`. */
  step(output: Uint8Array, start: number): number;
  /** The output before `start` has moved by `bytes` towards the start of the buffer. */
  moved(bytes: number): void;
}

export interface SlidingOptions {
  readonly bufferBytes: number;
  /** Matches reach back at most so far; less than the buffer by one step. */
  readonly historyBytes: number;
}

export class SlidingDecompressor implements Decompressor {
  readonly stateBytes: number;
  readonly #reader: BlockReader;
  readonly #buffer: Uint8Array;
  readonly #historyBytes: number;
  /** buffer[taken..end) is decompressed and not read yet. */
  #taken = 0;
  #end = 0;

  constructor(reader: BlockReader, { bufferBytes, historyBytes }: SlidingOptions) {
    this.stateBytes = bufferBytes;
    this.#reader = reader;
    this.#buffer = new Uint8Array(bufferBytes);
    this.#historyBytes = historyBytes;
  }

  get isDone(): boolean {
    return this.#taken === this.#end && this.#reader.isDone;
  }

  read(output: Uint8Array, start: number): number {
    if (this.#taken === this.#end && !this.#reader.isDone) this.#decompress();
    const bytes = Math.min(this.#end - this.#taken, output.length - start);
    output.set(this.#buffer.subarray(this.#taken, this.#taken + bytes), start);
    this.#taken += bytes;
    return start + bytes;
  }

  close(): void {}

  #decompress(): void {
    const buffer = this.#buffer;
    if (this.#end > this.#historyBytes && buffer.length - this.#end < this.#reader.maxStepBytes) {
      const moved = this.#end - this.#historyBytes;
      buffer.copyWithin(0, moved, this.#end);
      this.#reader.moved(moved);
      this.#end = this.#historyBytes;
    }
    this.#taken = this.#end;
    this.#end = this.#reader.step(buffer, this.#end);
  }
}
