// Arbitrary snapshots for property tests.

import fc from "fast-check";
import type { BaselineContents } from "../../lib/trends/baseline.ts";
import type { NewWordsContents } from "../../lib/trends/new_words.ts";
import { type GenerationContents, GENERATIONS } from "../../lib/trends/seen_words.ts";
import { MIN_FILTER_CELLS } from "../../lib/trends/word_filter.ts";
import { DEPARTED_CELLS } from "../../lib/trends/departed_counts.ts";
import type { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { type SparseCounts, sparseCounts } from "../../lib/window/sparse_counts.ts";
import type { WordsCopy } from "../../lib/words/word_store.ts";
import { concat } from "../kafka/compression/compression_writer.ts";

const encoder = new TextEncoder();

/** Keys of objects as a program writes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const offset = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const timeMs = fc.oneof(fc.constant(-Infinity), fc.integer({ min: -1e15, max: 1e15 }));
const count = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 45 }));

const partition = record({
  topic: fc.string({ unit: "grapheme", maxLength: 20 }),
  partition: fc.nat({ max: 100_000 }),
  position: offset,
  firstOffsets: fc.array(fc.tuple(fc.integer({ min: -1e15, max: 1e15 }), offset), { maxLength: 5 }),
  mark: record({
    largestMs: timeMs,
    watermarkMs: timeMs,
    sinceArrivalMs: fc.constantFrom(0, 7.25, Infinity),
  }),
  future: fc.array(record({ offset, fromMs: fc.constantFrom(5, Infinity) }), { maxLength: 3 }),
});

/** Words by id; an empty string stands for an id without a word. */
const words = fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 40 });

export function wordsCopy(words: readonly string[]): WordsCopy {
  const encoded = words.map((word) => encoder.encode(word));
  const bytes = encoder.encode(words.join(""));
  const lengths = Int32Array.from(encoded, ({ length }) => length);
  let used = 0;
  return { bytes, lengths, offsets: Uint32Array.from(lengths, (length) => (used += length) - length) };
}

function runOf(ids: readonly number[]): fc.Arbitrary<SparseCounts> {
  return record({
    ids: fc.subarray([...ids]),
    counts: fc.array(count, { minLength: ids.length, maxLength: ids.length }),
    smallest: fc.nat({ max: 2 ** 40 }),
  }).map(({ ids, counts, smallest }) => {
    const length = ids.length;
    const total = counts.slice(0, length).reduce((sum, count) => sum + count, 0);
    const wide = total < 2 ** 32 ? Uint32Array.from(counts) : Float64Array.from(counts);
    return sparseCounts(Int32Array.from(ids), wide, { length, words: total, smallest });
  });
}

const positive = fc.float({ min: Math.fround(0.1), max: Math.fround(1e30), noNaN: true });

function baselineOf(ids: readonly number[], idLimit: number): fc.Arbitrary<BaselineContents> {
  return record({
    firstPane: fc.integer({ min: -1e12, max: 1e12 }),
    referencePane: fc.integer({ min: -1e12, max: 1e12 }),
    words: fc.nat({ max: 2 ** 50 }),
    error: fc.constantFrom(0, 7.25),
    sums: fc.array(positive, { minLength: ids.length, maxLength: ids.length }).map((sums) => {
      const byId = new Float32Array(idLimit);
      ids.forEach((id, i) => byId[id] = sums[i]);
      return byId;
    }),
    departed: fc.uniqueArray(fc.tuple(fc.nat({ max: DEPARTED_CELLS - 1 }), positive), {
      maxLength: 5,
      selector: ([cell]) => cell,
    }).map((cells) => {
      const sorted = cells.toSorted(([a], [b]) => a - b);
      return {
        cells: Uint32Array.from(sorted, ([cell]) => cell),
        counts: Float32Array.from(sorted, ([, count]) => count),
      };
    }),
  });
}

const anyCell = fc.nat({ max: 2 ** 32 - 1 });
const anyFilter = fc.uniqueArray(fc.tuple(fc.nat({ max: MIN_FILTER_CELLS - 1 }), anyCell), {
  maxLength: 5,
  selector: ([cell]) => cell,
}).map((cells) => {
  const sorted = cells.toSorted(([a], [b]) => a - b);
  return {
    cells: MIN_FILTER_CELLS,
    used: Uint32Array.from(sorted, ([cell]) => cell),
    bits: Uint32Array.from(sorted, ([, bits]) => bits),
  };
});
const anyHashes = fc.array(fc.tuple(anyCell, anyCell), { maxLength: 5 })
  .map((words) => Uint32Array.from(words.flat()));

function newWordsOf(ids: readonly number[], idLimit: number): fc.Arbitrary<NewWordsContents> {
  return record({
    firstPane: fc.option(fc.integer({ min: -1e12, max: 1e12 }), { nil: undefined }),
    marks: fc.array(fc.nat({ max: 31 }), { minLength: ids.length, maxLength: ids.length }).map((marks) => {
      const byId = new Uint8Array(idLimit);
      ids.forEach((id, i) => byId[id] = marks[i]);
      return byId;
    }),
    panesPerGeneration: fc.integer({ min: 1, max: 1e12 }),
    current: fc.integer({ min: -1e12, max: 1e12 }),
    filters: fc.array(anyFilter, { maxLength: GENERATIONS }),
    hashes: anyHashes,
  }).map(({ firstPane, marks, panesPerGeneration, current, filters, hashes }) => {
    const former = filters.map((filter, i): GenerationContents => {
      return { index: current - filters.length + i, filter };
    });
    return {
      ...(firstPane !== undefined && { firstPane }),
      marks,
      seen: { panesPerGeneration, current, generations: [...former, { index: current, hashes }] },
    };
  });
}

export const snapshots: fc.Arbitrary<Snapshot> = words.chain((texts) => {
  const ids = texts.flatMap((word, id) => word === "" ? [] : [id]);
  return record({
    takenAtMs: fc.integer({ min: 0, max: 1e15 }),
    clusterId: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    closedUntilMs: timeMs,
    firstEndMs: timeMs,
    partitions: fc.array(partition, { maxLength: 4 }),
    words: fc.constant(wordsCopy(texts)),
    panes: fc.array(
      record({
        startMs: fc.integer({ min: -1e15, max: 1e15 }),
        records: fc.nat({ max: 2 ** 40 }),
        runs: fc.array(runOf(ids), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
    baseline: fc.option(baselineOf(ids, texts.length), { nil: undefined }),
    newWords: fc.option(newWordsOf(ids, texts.length), { nil: undefined }),
  }).map(({ baseline, newWords, ...snapshot }) => ({
    ...snapshot,
    ...(baseline && { baseline }),
    ...(newWords && { newWords }),
  }));
});

/** Joins chunks, each of which is valid only up to the next. */
export function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  return concat(Array.from(chunks, (chunk) => chunk.slice()));
}

export const emptySnapshot: Snapshot = {
  takenAtMs: 0,
  clusterId: undefined,
  closedUntilMs: -Infinity,
  firstEndMs: -Infinity,
  partitions: [],
  words: wordsCopy([]),
  panes: [],
};
