import assert from "node:assert/strict";
import fc from "fast-check";
import { decompress } from "../../../lib/kafka/compression/compression.ts";
import type { Decompressor } from "../../../lib/kafka/compression/decompressor.ts";
import { openDecompressor } from "../../../lib/kafka/compression/open_decompressor.ts";
import { FORMS, texts } from "./compressed_forms.ts";
import { CODECS, concat, writeLz4Frame, writeSnappyJava } from "./compression_writer.ts";

const LIMIT_BYTES = 1 << 24;
/** A bound on the calls that read data without output. */
const MAX_CALLS = 10_000_000;

/** Reads to the end in pieces of `pieceBytes`. */
function readAll(codec: number, bytes: Uint8Array, pieceBytes: number): Uint8Array {
  const decompressor = openDecompressor(codec, bytes);
  const pieces: Uint8Array[] = [];
  const piece = new Uint8Array(pieceBytes);
  try {
    for (let calls = 0; !decompressor.isDone; calls++) {
      assert.ok(calls < MAX_CALLS);
      pieces.push(piece.slice(0, decompressor.read(piece, 0)));
    }
  } finally {
    decompressor.close();
  }
  return concat(pieces);
}

const pieceSizes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1000, max: 200_000 }));

for (const [name, codec, write] of FORMS) {
  Deno.test(`Decompressor.read() reads ${name} in pieces of any size`, () => {
    fc.assert(
      fc.property(texts, pieceSizes, (bytes, pieceBytes) => {
        assert.ok(Buffer.compare(readAll(codec, write(bytes), pieceBytes), bytes) === 0);
      }),
      { numRuns: 50 },
    );
  });

  Deno.test(`Decompressor.read() accepts what decompress() accepts of damaged ${name}`, () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 300, max: 200_000 }),
        (bytes, flips, cut, pieceBytes) => {
          const written = Uint8Array.from(write(bytes));
          for (const [at, value] of flips) written[at % written.length] = value;
          const damaged = written.subarray(0, written.length - (cut % 3 === 0 ? cut % written.length : 0));
          const whole = attempt(() => decompress(codec, damaged, LIMIT_BYTES));
          const pieces = attempt(() => readAll(codec, damaged, pieceBytes));
          assert.equal(pieces === undefined, whole === undefined);
          if (whole !== undefined) assert.ok(Buffer.compare(whole, pieces!) === 0);
        },
      ),
      { numRuns: 200 },
    );
  });
}

function attempt(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return undefined;
  }
}

Deno.test("Decompressor.read() reads many megabytes, and holds a part of them", () => {
  const whole = new Uint8Array(40_000_000).map((_, i) => (i >> 6) * 31 + (i & 3));
  for (const [name, codec, write] of FORMS) {
    const bytes = name === "raw snappy" ? whole : whole.subarray(0, 5_000_000);
    const written = write(bytes);
    const decompressor = openDecompressor(codec, written);
    assert.ok(decompressor.stateBytes < 36 << 20, `${name}: ${decompressor.stateBytes}`);
    decompressor.close();
    assert.ok(Buffer.compare(readAll(codec, written, 1 << 20), bytes) === 0, name);
  }
});

Deno.test("Decompressor.read() follows snappy copies 16 MiB back in a large block, and no further", () => {
  const read = (distance: number) => {
    const decompressor = openDecompressor(CODECS.snappy, farCopy(40 << 20, distance));
    const output = new Uint8Array(1 << 20);
    let last: Uint8Array = output;
    while (!decompressor.isDone) last = output.slice(0, decompressor.read(output, 0));
    return last.at(-1);
  };
  assert.equal(read(64 << 10), 9);
  assert.equal(read(16 << 20), 9);
  assert.throws(() => read(40 << 20), /damaged/);
});

/** A raw block: a literal of `size` bytes 9, and a copy of 4 bytes from `distance` back. */
function farCopy(size: number, distance: number): Uint8Array {
  const total = size + 4;
  const head = [];
  for (let rest = total; rest > 0; rest = Math.floor(rest / 128)) {
    head.push(rest % 128 + (rest >= 128 ? 128 : 0));
  }
  const little = (value: number) => [value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24];
  const literal = [63 << 2, ...little(size - 1)];
  const copy = [3 << 2 | 3, ...little(distance)];
  return concat([
    Uint8Array.from([...head, ...literal]),
    new Uint8Array(size).fill(9),
    Uint8Array.from(copy),
  ]);
}

Deno.test("Decompressor.read() returns in between where blocks are empty", () => {
  const emptyLz4Blocks = concat([
    writeLz4Frame(new Uint8Array(0)).subarray(0, 7),
    ...Array<Uint8Array>(20_000).fill(Uint8Array.of(0, 0, 0, 0x80)),
    Uint8Array.of(0, 0, 0, 0),
  ]);
  const emptySnappyBlocks = concat([
    writeSnappyJava(new Uint8Array(0)).subarray(0, 16),
    ...Array<Uint8Array>(20_000).fill(Uint8Array.of(0, 0, 0, 1, 0)),
  ]);
  for (const [codec, bytes] of [[CODECS.lz4, emptyLz4Blocks], [CODECS.snappy, emptySnappyBlocks]] as const) {
    const decompressor: Decompressor = openDecompressor(codec, bytes);
    assert.equal(decompressor.read(new Uint8Array(10), 0), 0);
    assert.ok(!decompressor.isDone);
    assert.equal(readAll(codec, bytes, 10).length, 0);
  }
});
