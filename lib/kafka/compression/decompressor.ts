// A Decompressor decompresses one batch in bounded steps. open_decompressor.ts picks the implementation for a codec.

/** One call reads at most this much input, so that data without output cannot hold a turn. */
export const MAX_STEP_INPUT_BYTES = 1024 * 1024;

/** The state of one batch. `close` it when it is no longer needed. */
export interface Decompressor {
  /** Memory that it takes beside the input and the caller's output. */
  readonly stateBytes: number;
  /** All data is read. */
  readonly isDone: boolean;
  /**
   * Writes to `output` from `start` on, and returns the end of what it wrote. It may write nothing before the end of the
   * data, since its work is bounded. @throws RangeError for damaged bytes
   */
  read(output: Uint8Array, start: number): number;
  close(): void;
}
