// Decompresses a record batch in bounded steps, for batches that are too large to decompress at once.

import { openLz4 } from "./lz4.ts";
import { openSnappy } from "./snappy.ts";
import { openGzip, openZstd } from "./zlib_decompressor.ts";

/** One call reads at most so much input, so that data without output cannot hold a turn. */
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

/** The codecs are those of `decompress`. @throws RangeError for an unknown codec, and for damage that shows at once */
export function openDecompressor(codec: number, bytes: Uint8Array): Decompressor {
  switch (codec) {
    case 1:
      return openGzip(bytes);
    case 2:
      return openSnappy(bytes);
    case 3:
      return openLz4(bytes);
    case 4:
      return openZstd(bytes);
    default:
      throw new RangeError(`unknown compression codec ${codec}`);
  }
}
