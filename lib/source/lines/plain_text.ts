// Reads the text of a file that may be compressed. The first bytes tell the format, not the name: rotated logs keep theirs.

import { pipeline, Readable, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ChunkReader } from "./chunk_reader.ts";

/** A NUL byte among this many first bytes marks a binary file, as it does for git and grep. */
const PROBED_BYTES = 8_192;
/** The default of 16 KiB costs a part of the speed. */
const CHUNK_BYTES = 65_536;

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Tools for parallel compression begin with a frame that is skipped; the first byte has 16 values. */
const ZSTD_SKIPPED = [0x2a, 0x4d, 0x18];

/** Formats that are refused, with the remedy. Most of them would also show by a NUL byte. */
const REFUSED: readonly (readonly [start: readonly number[], reason: string])[] = [
  [[0xff, 0xfe], "it is UTF-16, wanted UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"],
  [[0xfe, 0xff], "it is UTF-16, wanted UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"],
  [[0x42, 0x5a, 0x68], "it is compressed with bzip2, wanted text, gzip or zstd (bzip2 -dc FILE)"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "it is compressed with xz, wanted text, gzip or zstd (xz -dc FILE)"],
  [[0x04, 0x22, 0x4d, 0x18], "it is compressed with lz4, wanted text, gzip or zstd (lz4 -dc FILE)"],
  [[0x50, 0x4b, 0x03, 0x04], "it is a zip archive, wanted text, gzip or zstd (unzip -p FILE)"],
];

export interface PlainTextOptions {
  /** Text in which words stand between NUL bytes is not binary. */
  readonly allowsNul: boolean;
}

/**
 * The text, decompressed where it is gzip or zstd.
 * @throws {Error} for other binary data, and for damaged or incomplete data
 */
export async function plainText(
  chunks: AsyncIterable<Uint8Array>,
  options: PlainTextOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const input = new ChunkReader(chunks);
  const content = decompress(input, await input.peek(ZSTD.length));
  try {
    refuseBinary(await content.peek(PROBED_BYTES), options);
  } catch (error) {
    await content.cancel();
    await input.cancel();
    throw error;
  }
  return content.rest();
}

function decompress(input: ChunkReader, start: Uint8Array): ChunkReader {
  if (isZstd(start)) return new ChunkReader(unzstd(input));
  if (!startsWith(start, GZIP)) return input;
  return new ChunkReader(through(createGunzip({ chunkSize: CHUNK_BYTES }), input.rest()));
}

function refuseBinary(start: Uint8Array, { allowsNul }: PlainTextOptions): void {
  const reason = REFUSED.find(([bytes]) => startsWith(start, bytes))?.[1];
  if (reason !== undefined) throw new Error(reason);
  if (startsWith(start, GZIP) || isZstd(start)) throw new Error("it is compressed twice, wanted once");
  if (allowsNul || !start.includes(0)) return;
  throw new Error("it is binary or UTF-16: it contains NUL bytes, wanted UTF-8 text");
}

function startsWith(bytes: Uint8Array, start: readonly number[], at = 0): boolean {
  return start.every((byte, i) => bytes[at + i] === byte);
}

function isZstd(bytes: Uint8Array): boolean {
  return startsWith(bytes, ZSTD) || isSkipped(bytes);
}

function isSkipped(bytes: Uint8Array): boolean {
  return bytes[0] >>> 4 === 5 && startsWith(bytes, ZSTD_SKIPPED, 1);
}

/** Frame by frame (RFC 8878, section 3.1): the runtime's stream stops after the first, and ignores a missing end. */
async function* unzstd(input: ChunkReader): AsyncGenerator<Uint8Array> {
  try {
    while ((await input.peek(1)).length > 0) {
      const magic = await input.take(4);
      if (isSkipped(magic)) {
        for await (const _ of input.pass(littleEndian(await input.take(4)))) { /* skipped */ }
      } else if (startsWith(magic, ZSTD)) {
        yield* through(createZstdDecompress({ chunkSize: CHUNK_BYTES }), zstdFrame(input));
      } else throw new Error("no zstd frame where one should begin");
    }
  } finally {
    await input.cancel();
  }
}

/** The bytes of a frame whose first four have been read. */
async function* zstdFrame(input: ChunkReader): AsyncGenerator<Uint8Array> {
  const [descriptor] = await input.peek(1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3];
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6];
  yield Uint8Array.from(ZSTD);
  yield await input.take(1 + windowBytes + dictionaryIdBytes + contentSizeBytes);
  for (let isLast = false; !isLast;) {
    const header = await input.take(3);
    yield header;
    const bits = littleEndian(header);
    isLast = (bits & 1) === 1;
    const isRepeatedByte = (bits >>> 1 & 3) === 1;
    yield* input.pass(isRepeatedByte ? 1 : bits >>> 3);
  }
  const hasChecksum = (descriptor & 0x04) !== 0;
  if (hasChecksum) yield await input.take(4);
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** Also reads all members of a gzip file, one after the other. */
async function* through(
  stream: Transform,
  chunks: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // An error on the way ends the loop below.
  pipeline(Readable.from(chunks, { objectMode: true }), stream, () => {});
  for await (const chunk of stream) yield chunk;
}
