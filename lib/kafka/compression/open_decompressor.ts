// openDecompressor picks the Decompressor for the codec of a batch. It serves batches that are too large to decompress
// at once; compression.ts decompresses the others.

import type { Decompressor } from "./decompressor.ts";
import { openLz4 } from "./lz4.ts";
import { openSnappy } from "./snappy.ts";
import { openGzip, openZstd } from "./zlib_decompressor.ts";

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
