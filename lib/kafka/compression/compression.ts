// Decompresses record batches, with a limit on the output: a batch of a few kilobytes may hold gigabytes.
//
// gzip and zstd come from the runtime. lz4 and snappy are written here, because the small npm packages are not safe for
// untrusted input: snappyjs 0.7.0 loops for ever on six certain bytes (a literal of negative length), lz4js 0.2.0 trusts
// any content size, and reads and copies beyond the ends of its buffers.

import { constants, createZstdDecompress, gunzipSync } from "node:zlib";
import { decompressLz4 } from "./lz4.ts";
import { OutputLimitError } from "./output_limit_error.ts";
import { decompressSnappy } from "./snappy.ts";
import { splitZstdFrames } from "./zstd_frames.ts";

/** The largest output chunk of zlib. Its default of 16 KiB costs a fifth to a half of the speed. */
const MAX_CHUNK_BYTES = 64 * 1024;
const MIN_CHUNK_BYTES = 64;
/** For small batches: a chunk stays in memory as long as a part of it does. */
const CHUNK_BYTES_PER_BYTE = 8;

/** Codecs: 1 gzip, 2 snappy, 3 lz4, 4 zstd. @throws OutputLimitError; RangeError for damaged bytes */
export function decompress(codec: number, bytes: Uint8Array, limitBytes: number): Uint8Array {
  switch (codec) {
    case 1:
      return callZlib(gunzipSync, bytes, limitBytes);
    case 2:
      return decompressSnappy(bytes, limitBytes);
    case 3:
      return decompressLz4(bytes, limitBytes);
    case 4:
      return decompressZstd(bytes, limitBytes);
    default:
      throw new RangeError(`unknown compression codec ${codec}`);
  }
}

/** Frame by frame: the runtime's stream stops after the first, and ignores a missing end. */
function decompressZstd(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const frames = splitZstdFrames(bytes);
  if (frames.length === 1) return callZlib(decompressZstdFrame, frames[0], limitBytes);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    const part = callZlib(decompressZstdFrame, frame, limitBytes - size);
    parts.push(part);
    size += part.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface ZlibOptions {
  readonly chunkSize: number;
  readonly maxOutputLength: number;
}

type ZlibDecompress = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array;

/** The method that zstdDecompressSync calls. */
interface SyncStream {
  _processChunk(bytes: Uint8Array, flush: number): Uint8Array;
}

/** Unlike zstdDecompressSync, it closes its stream: that one leaks some 45 KB for each damaged frame. */
function decompressZstdFrame(bytes: Uint8Array, options: ZlibOptions): Uint8Array {
  const stream = createZstdDecompress(options);
  // The error is thrown too.
  stream.on("error", () => {});
  try {
    return (stream as unknown as SyncStream)._processChunk(bytes, constants.ZSTD_e_end);
  } finally {
    stream.close();
  }
}

function callZlib(decompressSync: ZlibDecompress, bytes: Uint8Array, limitBytes: number): Uint8Array {
  try {
    const output = decompressSync(bytes, {
      chunkSize: Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, CHUNK_BYTES_PER_BYTE * bytes.length)),
      // For zlib 0 is no limit.
      maxOutputLength: Math.max(1, limitBytes),
    });
    if (output.length > limitBytes) throw new OutputLimitError(limitBytes);
    // Not a Buffer, so that the decoder sees one kind of array.
    return new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof OutputLimitError) throw error;
    if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw new OutputLimitError(limitBytes, { cause: error });
    }
    throw new RangeError(`cannot decompress: ${error.message}`, { cause: error });
  }
}
