// The codecs of record batches: damaged bytes give a RangeError, the output stays within the limit, and compressed data
// decompresses. The decoders are compared with a second implementation of the formats.

import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { decompress } from "../../../lib/kafka/compression/compression.ts";
import { OutputLimitError } from "../../../lib/kafka/compression/output_limit_error.ts";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";
import {
  CODECS,
  concat,
  writeLz4Frame,
  writeSnappyJava,
  writeSnappyRaw,
} from "../../kafka/compression/compression_writer.ts";
import {
  DamagedError,
  decompressLz4Plainly,
  decompressSnappyPlainly,
} from "../../kafka/compression/plain_decompressors.ts";
import type { FuzzTarget } from "../fuzz_target.ts";
import { pick } from "../mutator.ts";

const LIMIT_BYTES = 1 << 20;
/** Larger inputs would take the writers here too long. */
const MAX_ROUND_TRIP_BYTES = 2048;
const NOTHING = new Uint8Array(0);

type Write = (bytes: Uint8Array) => Uint8Array;
type Decompress = (bytes: Uint8Array, limitBytes: number) => Uint8Array;

function targetOf(
  codec: "gzip" | "snappy" | "lz4" | "zstd",
  writers: readonly Write[],
  decompressPlainly?: Decompress,
): FuzzTarget {
  const number = CODECS[codec];
  const plain = new TextEncoder().encode("some words, some other words, and some more words");
  return {
    name: codec,
    seedCorpus: writers.map((write) => write(plain)),
    generate: (random) => pick(writers, random)(randomPlain(random)),
    run(bytes) {
      if (bytes.length <= MAX_ROUND_TRIP_BYTES) {
        const write = writers[bytes.length % writers.length];
        assert.equal(Buffer.compare(decompress(number, write(bytes), LIMIT_BYTES), bytes), 0, "round trip");
      }
      const output = resultOf(() => decompress(number, bytes, LIMIT_BYTES), RangeError);
      if (decompressPlainly !== undefined) {
        const expected = resultOf(() => decompressPlainly(bytes, LIMIT_BYTES), DamagedError);
        assert.equal(output === undefined, expected === undefined, "damaged");
        assert.equal(Buffer.compare(output ?? NOTHING, expected ?? NOTHING), 0, "as a plain reading of it");
      }
      if (output === undefined) return;
      assert.ok(output.length <= LIMIT_BYTES);
      assert.equal(
        Buffer.compare(decompress(number, bytes, Math.max(1, output.length)), output),
        0,
        "at the limit",
      );
      if (output.length < 2) return;
      assert.throws(() => decompress(number, bytes, output.length - 1), OutputLimitError, "beyond the limit");
    },
  };
}

/** Undefined for damaged bytes, and for more than the limit. */
function resultOf(
  decompress: () => Uint8Array,
  Refusal: typeof RangeError | typeof DamagedError,
): Uint8Array | undefined {
  try {
    return decompress();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return undefined;
  }
}

/** From random bytes to long runs. */
function randomPlain(random: Random): Uint8Array {
  return concat(Array.from({ length: randomInteger(random, 0, 6) }, () => {
    const unit = new Uint8Array(randomInteger(random, 1, 20)).map(() => randomInteger(random, 97, 122));
    return concat(Array<Uint8Array>(randomInteger(random, 1, 40)).fill(unit));
  }));
}

export const gzip: FuzzTarget = targetOf("gzip", [(bytes) => gzipSync(bytes)]);
export const zstd: FuzzTarget = targetOf("zstd", [
  (bytes) => zstdCompressSync(bytes),
  (bytes) => concat([zstdCompressSync(bytes.subarray(0, 9)), zstdCompressSync(bytes.subarray(9))]),
]);
export const snappy: FuzzTarget = targetOf("snappy", [
  writeSnappyRaw,
  writeSnappyJava,
  (bytes) => writeSnappyJava(bytes, 100),
], decompressSnappyPlainly);
export const lz4: FuzzTarget = targetOf("lz4", [
  (bytes) => writeLz4Frame(bytes),
  (bytes) =>
    writeLz4Frame(bytes, { linked: true, blockChecksums: true, contentChecksum: true, contentSize: true }),
  (bytes) => concat([writeLz4Frame(bytes.subarray(0, 9)), writeLz4Frame(bytes.subarray(9))]),
], decompressLz4Plainly);
