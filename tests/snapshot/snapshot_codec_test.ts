import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { decodeSnapshot, encodeSnapshot, SnapshotFormatError } from "../../lib/snapshot/snapshot_codec.ts";
import type { NewWordsContents } from "../../lib/trends/new_words.ts";
import type { GenerationContents } from "../../lib/trends/seen_words.ts";
import { MAX_FILTER_CELLS, MIN_FILTER_CELLS } from "../../lib/trends/word_filter.ts";
import { DEPARTED_CELLS } from "../../lib/trends/departed_counts.ts";
import { sparseCounts } from "../../lib/window/sparse_counts.ts";
import { emptySnapshot, joined, snapshots, wordsCopy } from "./snapshots.ts";

const identity = { "window.slide": "2000", "words.separator": "‚" };

/** Changes the contents and recomputes the checksum. */
function resealed(bytes: Uint8Array, change: (contents: Uint8Array) => void): Uint8Array {
  const sealed = bytes.slice();
  const contents = sealed.subarray(0, bytes.length - 32);
  change(contents);
  sealed.set(createHash("sha256").update(contents).digest(), contents.length);
  return sealed;
}

Deno.test("decodeSnapshot() returns what encodeSnapshot() was given", () => {
  fc.assert(fc.property(snapshots, (snapshot) => {
    const bytes = joined(encodeSnapshot(snapshot, identity));
    assert.deepEqual(decodeSnapshot(bytes), { snapshot, identity });
  }));
});

Deno.test("decodeSnapshot() reads snapshots of several chunks", () => {
  const words = wordsCopy(Array.from({ length: 50_000 }, (_, id) => `word-${id}`));
  const ids = Int32Array.from({ length: 50_000 }, (_, id) => id);
  const counts = Uint32Array.from(ids, (id) => id % 500 + 1);
  const run = sparseCounts(ids, counts, { length: ids.length, words: 1e7, smallest: 0 });
  const snapshot = { ...emptySnapshot, words, panes: [{ startMs: 0, records: 5, runs: [run] }] };
  const chunks = [...encodeSnapshot(snapshot, identity)];
  assert.ok(chunks.length > 5, "the encoder yields often");
  assert.deepEqual(decodeSnapshot(joined(encodeSnapshot(snapshot, identity))), { snapshot, identity });
});

Deno.test("decodeSnapshot() refuses any truncation", () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const bytes = joined(encodeSnapshot(snapshot, identity));
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => decodeSnapshot(bytes.subarray(0, length)), SnapshotFormatError);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("decodeSnapshot() refuses any changed or added byte", () => {
  fc.assert(fc.property(snapshots, fc.nat(), fc.integer({ min: 1, max: 255 }), (snapshot, at, change) => {
    const bytes = joined(encodeSnapshot(snapshot, identity));
    assert.throws(() => decodeSnapshot(joined([bytes, Uint8Array.of(change)])), SnapshotFormatError);
    bytes[at % bytes.length] ^= change;
    assert.throws(() => decodeSnapshot(bytes), SnapshotFormatError);
  }));
});

Deno.test("decodeSnapshot() says why it refuses the bytes", () => {
  const run = sparseCounts(Int32Array.of(0), Uint32Array.of(9), { length: 1, words: 7, smallest: 0 });
  const notANumber = { ...run, counts: Float64Array.of(NaN) };
  const pane = { startMs: 0, records: 1, runs: [run] };
  const overcounted = { ...emptySnapshot, words: wordsCopy(["a"]), panes: [pane] };
  const offsets = Uint32Array.of(1);
  const overlapping = {
    bytes: new Uint8Array(3),
    offsets: Uint32Array.of(0, 1, 1),
    lengths: Int32Array.of(1, 2, 2),
  };
  const bytes = joined(encodeSnapshot(emptySnapshot, identity));
  const rows: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /it is not a snapshot/],
    [
      new TextEncoder().encode("a diary, and a long one at that, longer than a checksum"),
      /it is not a snapshot/,
    ],
    [bytes.subarray(0, bytes.length - 1), /it is damaged/],
    [resealed(bytes, (contents) => contents[8] = 4), /it has format 4, this program reads format 5/],
    [
      resealed(bytes, (contents) => contents[9] = 127),
      /it is inconsistent: \d+ bytes are left, wanted 213\d{7}/,
    ],
    [resealed(bytes, (contents) => contents.fill(0x80, 13)), /it is inconsistent: .* is not valid JSON/],
    [
      joined(encodeSnapshot(emptySnapshot, null as never)),
      /it is inconsistent: identity: Invalid input: expected record, received null/,
    ],
    [
      joined(encodeSnapshot({ ...emptySnapshot, takenAtMs: Infinity }, identity)),
      /it is inconsistent: takenAtMs: Invalid input: expected number, received null/,
    ],
    [
      joined(encodeSnapshot({ ...emptySnapshot, words: { ...wordsCopy(["a"]), offsets } }, identity)),
      /it is inconsistent: word 0 is outside of the 1 bytes of the words/,
    ],
    [
      joined(encodeSnapshot({ ...emptySnapshot, words: overlapping }, identity)),
      /it is inconsistent: word 2 is outside of the 3 bytes of the words/,
    ],
    [
      joined(encodeSnapshot({ ...overcounted, panes: [{ ...pane, runs: [notANumber] }] }, identity)),
      /it is inconsistent: a word is counted NaN times, wanted 7 at most/,
    ],
    [
      joined(encodeSnapshot(overcounted, identity)),
      /it is inconsistent: a word is counted 9 times, wanted 7 at most/,
    ],
  ];
  for (const [wrong, message] of rows) assert.throws(() => decodeSnapshot(wrong), { message });
});

Deno.test("decodeSnapshot() refuses a baseline that is none", () => {
  const words = wordsCopy(["a", ""]);
  const baseline = {
    firstPane: 1,
    referencePane: 1,
    words: 3,
    error: 0,
    sums: Float32Array.of(3, 0),
    departed: { cells: Uint32Array.of(4, 9), counts: Float32Array.of(1, 2) },
  };
  const bytesOf = (changes: Partial<typeof baseline>) => {
    const changed = { ...baseline, ...changes };
    return joined(encodeSnapshot({ ...emptySnapshot, words, baseline: changed }, identity));
  };
  assert.deepEqual(decodeSnapshot(bytesOf({})).snapshot.baseline, baseline);
  const { departed } = baseline;
  const wrong: [Partial<typeof baseline>, RegExp][] = [
    [{ sums: Float32Array.of(1, 1) }, /a usual count is of no word or no number/],
    [{ sums: Float32Array.of(1, 0, 1) }, /a usual count is of no word or no number/],
    [{ sums: Float32Array.of(-1) }, /a usual count is of no word or no number/],
    [{ sums: Float32Array.of(NaN) }, /a usual count is of no word or no number/],
    [{ sums: Float32Array.of(Infinity) }, /a usual count is of no word or no number/],
    [{ departed: { ...departed, cells: Uint32Array.of(9, 4) } }, /a cell is out of order/],
    [{ departed: { ...departed, cells: Uint32Array.of(4, DEPARTED_CELLS) } }, /a cell is out of order/],
    [{ departed: { ...departed, counts: Float32Array.of(1, 0) } }, /a cell has no count above 0/],
    [{ departed: { ...departed, counts: Float32Array.of(1, NaN) } }, /a cell has no count above 0/],
    [{ words: -1 }, /baseline.words: Too small/],
  ];
  for (const [changes, message] of wrong) {
    assert.throws(() => decodeSnapshot(bytesOf(changes)), { message }, String(message));
  }
});

Deno.test("decodeSnapshot() refuses new words that are none", () => {
  const words = wordsCopy(["a", ""]);
  const filter = { cells: MIN_FILTER_CELLS, used: Uint32Array.of(3, 7), bits: Uint32Array.of(1, 2) };
  const largest = { cells: MAX_FILTER_CELLS, used: Uint32Array.of(3), bits: Uint32Array.of(1) };
  const generations: GenerationContents[] = [{ index: 4, filter }, {
    index: 6,
    hashes: Uint32Array.of(1, 2),
  }];
  const seen = { panesPerGeneration: 9, current: 7, generations };
  const newWords = { firstPane: 3, marks: Uint8Array.of(1, 0), seen };
  const bytesOf = (changes: Partial<NewWordsContents>) => {
    const changed = { ...newWords, ...changes };
    return joined(encodeSnapshot({ ...emptySnapshot, words, newWords: changed }, identity));
  };
  const withGenerations = (...generations: GenerationContents[]) => ({ seen: { ...seen, generations } });
  assert.deepEqual(decodeSnapshot(bytesOf({})).snapshot.newWords, newWords);
  const full = withGenerations({ index: 7, filter: largest });
  assert.deepEqual(decodeSnapshot(bytesOf(full)).snapshot.newWords?.seen, full.seen);
  const wrong: [Partial<NewWordsContents>, RegExp][] = [
    [{ marks: Uint8Array.of(1, 1) }, /a mark is of no word or unknown/],
    [{ marks: Uint8Array.of(32) }, /a mark is of no word or unknown/],
    [{ marks: Uint8Array.of(0, 0, 1) }, /a mark is of no word or unknown/],
    [withGenerations({ index: 8, hashes: Uint32Array.of() }), /the generations are out of order/],
    [withGenerations({ index: -2, hashes: Uint32Array.of() }), /the generations are out of order/],
    [withGenerations({ index: 5, filter }), /the generations are out of order/],
    [withGenerations(...generations.toReversed()), /the generations are out of order/],
    [withGenerations({ index: 7, hashes: Uint32Array.of(1) }), /it is inconsistent: newWords.generations/],
    [
      withGenerations({ index: 7, filter: { ...filter, cells: 1_500 } }),
      /it is inconsistent: newWords.generations/,
    ],
    [
      withGenerations({ index: 4, filter: { ...filter, used: Uint32Array.of(7, 3) } }, generations[1]),
      /a cell is out of order/,
    ],
    [
      withGenerations(
        { index: 4, filter: { ...filter, used: Uint32Array.of(3, MIN_FILTER_CELLS) } },
        generations[1],
      ),
      /a cell is out of order/,
    ],
    [
      withGenerations(...[1, 2, 3, 4, 5, 6].map((index) => ({ index, filter: largest }))),
      /the filters have too many cells/,
    ],
  ];
  for (const [changes, message] of wrong) {
    assert.throws(() => decodeSnapshot(bytesOf(changes)), { message }, String(message));
  }
});

Deno.test("decodeSnapshot() checks every number even if the checksum is right", () => {
  fc.assert(fc.property(snapshots, fc.nat(), fc.nat({ max: 255 }), (snapshot, at, byte) => {
    const bytes = resealed(joined(encodeSnapshot(snapshot, identity)), (contents) => {
      contents[8 + at % (contents.length - 8)] = byte;
    });
    try {
      decodeSnapshot(bytes);
    } catch (error) {
      assert.ok(error instanceof SnapshotFormatError, String(error));
    }
  }));
});
