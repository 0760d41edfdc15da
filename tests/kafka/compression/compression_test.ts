import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { decompress } from "../../../lib/kafka/compression/compression.ts";
import { OutputLimitError } from "../../../lib/kafka/compression/output_limit_error.ts";
import { CODECS, compress, concat, writeLz4Block, writeLz4Frame } from "./compression_writer.ts";
import { FORMS, texts } from "./compressed_forms.ts";

const LIMIT_BYTES = 1 << 24;
const { snappy, lz4, zstd } = CODECS;

for (const [name, codec, write] of FORMS) {
  Deno.test(`decompress() decompresses ${name}`, () => {
    fc.assert(
      fc.property(texts, (bytes) => {
        assert.ok(Buffer.compare(decompress(codec, write(bytes), LIMIT_BYTES), bytes) === 0);
      }),
      { numRuns: 50 },
    );
  });

  Deno.test(`decompress() keeps the limit with ${name}`, () => {
    const bytes = new TextEncoder().encode("some words, some words, ".repeat(10_000));
    assert.equal(decompress(codec, write(bytes), bytes.length).length, bytes.length);
    for (const limit of [bytes.length - 1, bytes.length >> 1, 1]) {
      assert.throws(() => decompress(codec, write(bytes), limit), OutputLimitError, `limit ${limit}`);
    }
  });

  Deno.test(`decompress() returns or throws a RangeError for any damage to ${name}`, () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(),
        (bytes, flips, cut) => {
          const written = Uint8Array.from(write(bytes));
          for (const [at, value] of flips) written[at % written.length] = value;
          const damaged = written.subarray(0, written.length - (cut % 4 === 0 ? cut % written.length : 0));
          try {
            assert.ok(decompress(codec, damaged, LIMIT_BYTES).length <= LIMIT_BYTES);
          } catch (error) {
            assert.ok(error instanceof RangeError, String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  Deno.test(`decompress() does not accept a part of ${name} as the whole`, () => {
    const bytes = new TextEncoder().encode("some words, some other words, ".repeat(20));
    const written = write(bytes);
    for (let length = 0; length < written.length; length++) {
      try {
        // A part may end where a block or a frame ends.
        assert.ok(decompress(codec, written.subarray(0, length), LIMIT_BYTES).length < bytes.length);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }
  });
}

Deno.test("decompress() keeps the limit where a zstd frame ends exactly there", () => {
  const frames = ["nine byte", "", "x"].map((text) => zstdCompressSync(new TextEncoder().encode(text)));
  assert.equal(decompress(zstd, concat(frames.slice(0, 2)), 9).length, 9);
  assert.throws(() => decompress(zstd, concat(frames), 9), OutputLimitError);
});

Deno.test("decompress() accepts many small zstd frames, but not unlimited many", () => {
  const frame = zstdCompressSync(new TextEncoder().encode("some word"));
  const frames = (count: number) => concat(Array<Uint8Array>(count).fill(frame));
  assert.equal(decompress(zstd, frames(1_000), LIMIT_BYTES).length, 9_000);
  assert.throws(() => decompress(zstd, frames(1_001), LIMIT_BYTES), /more than 1000 zstd frames/);
});

Deno.test("decompress() rejects a bomb without allocating its output", () => {
  const zeros = new Uint8Array(64 << 20);
  for (const codec of ["gzip", "zstd"] as const) {
    const bomb = compress(codec, zeros);
    assert.ok(bomb.length * 900 < zeros.length);
    assert.throws(() => decompress(CODECS[codec], bomb, 1 << 20), OutputLimitError);
  }
});

Deno.test("decompress() trusts no stated size", () => {
  const rows: [string, number, number[], RegExp][] = [
    ["a snappy block of 4 GiB", snappy, [0xff, 0xff, 0xff, 0xff, 0x0f, 0], /claims 4294967295 bytes/],
    [
      "a snappy literal of negative length",
      snappy,
      [10, 0xfc, 0xfa, 0xff, 0xff, 0xff, 0, 0, 0, 0],
      /damaged/,
    ],
    ["a snappy copy from before the start", snappy, [8, 0, 65, 0x0e, 0xff, 0xff], /damaged/],
    ["a snappy block that holds less", snappy, [8, 0, 65], /damaged/],
    ["a snappy-java block of negative length", snappy, [
      ...[0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1],
      ...[0xff, 0xff, 0xff, 0xff, 0],
    ], /cut short/],
    ["an lz4 match from before the start", lz4, lz4Frame([0x10, 65, 2, 0, 0x10, 65]), /damaged/],
    ["an lz4 match at distance 0", lz4, lz4Frame([0x10, 65, 0, 0, 0x10, 65]), /damaged/],
    ["lz4 literals that are not there", lz4, lz4Frame([0xf0, 255, 255]), /damaged/],
    ["an lz4 block larger than blocks are", lz4, [...LZ4_HEADER, 1, 0, 1, 0], /damaged/],
    ["no lz4 frame", lz4, [1, 2, 3, 4, 5, 6, 7], /no lz4 frame/],
    ["an unknown lz4 version", lz4, [0x04, 0x22, 0x4d, 0x18, 0, 0x40, 0], /unknown version/],
    ["no zstd frame", zstd, [1, 2, 3, 4], /no zstd frame/],
    ["nothing", zstd, [], /no zstd frame/],
    ["an unknown codec", 5, [], /unknown compression codec 5/],
  ];
  for (const [name, codec, bytes, message] of rows) {
    assert.throws(
      () => decompress(codec, Uint8Array.from(bytes), LIMIT_BYTES),
      (error) => error instanceof RangeError && message.test(error.message),
      name,
    );
  }
});

Deno.test("decompress() skips skippable frames", () => {
  const bytes = new TextEncoder().encode("words");
  const skippable = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);
  for (const codec of ["lz4", "zstd"] as const) {
    assert.deepEqual(decompress(CODECS[codec], concat([skippable, compress(codec, bytes)]), 100), bytes);
  }
});

Deno.test("decompress() follows lz4 matches into former blocks, and lengths of any size", () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i < 70_000 ? i * 7919 >>> 5 : 1);
  const block = writeLz4Block(bytes, { start: 0, end: bytes.length, reach: 0 });
  assert.ok(block.length < 100_000);
  const linked = writeLz4Frame(bytes, { linked: true });
  assert.ok(Buffer.compare(decompress(lz4, linked, LIMIT_BYTES), bytes) === 0);
});

const LZ4_HEADER = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0];

function lz4Frame(block: number[]): number[] {
  return [...LZ4_HEADER, block.length, 0, 0, 0, ...block, 0, 0, 0, 0];
}
