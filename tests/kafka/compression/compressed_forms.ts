// Texts, and the forms in which producers compress them.

import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import {
  CODECS,
  compress,
  concat,
  writeLz4Frame,
  writeSnappyJava,
  writeSnappyRaw,
} from "./compression_writer.ts";

const { gzip, snappy, lz4, zstd } = CODECS;

/** From random bytes to long runs. */
export const texts = fc.array(
  fc.tuple(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.nat(3000)),
  ),
  { maxLength: 20 },
).map((runs) => concat(runs.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes))));

export const FORMS: readonly [string, number, (bytes: Uint8Array) => Uint8Array][] = [
  ["gzip", gzip, (bytes) => compress("gzip", bytes)],
  ["gzip in two members", gzip, inTwo((bytes) => gzipSync(bytes))],
  ["zstd", zstd, (bytes) => compress("zstd", bytes)],
  ["zstd in two frames", zstd, inTwo((bytes) => zstdCompressSync(bytes))],
  ["raw snappy", snappy, writeSnappyRaw],
  ["snappy-java", snappy, writeSnappyJava],
  ["snappy-java in small blocks", snappy, (bytes) => writeSnappyJava(bytes, 100)],
  ["lz4", lz4, (bytes) => writeLz4Frame(bytes)],
  [
    "lz4, linked, checksums and size",
    lz4,
    (bytes) =>
      writeLz4Frame(bytes, { linked: true, blockChecksums: true, contentChecksum: true, contentSize: true }),
  ],
  ["lz4 in larger blocks", lz4, (bytes) => writeLz4Frame(bytes, { blockSizeId: 5 })],
  ["lz4 in two frames", lz4, inTwo((bytes) => writeLz4Frame(bytes))],
];

function inTwo(write: (bytes: Uint8Array) => Uint8Array): (bytes: Uint8Array) => Uint8Array {
  return (bytes) =>
    concat([write(bytes.subarray(0, bytes.length >> 1)), write(bytes.subarray(bytes.length >> 1))]);
}
