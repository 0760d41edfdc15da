// Reports for tests: made of plain words, decoded to plain words, and arbitrary ones for property tests.

import fc from "fast-check";
import { comparePartitions, type TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import type { PaneSection } from "../../lib/merge/report_decoder.ts";
import type { TakenPane } from "../../lib/window/pane_window.ts";
import { sparseCounts } from "../../lib/window/sparse_counts.ts";
import { WordTable } from "../../lib/words/word_table.ts";

export const FINGERPRINT: Uint8Array = new TextEncoder().encode("what is counted.");

/** The counts of a pane by words. */
export interface PlainPane {
  readonly startMs: number;
  readonly records: number;
  readonly words: number;
  readonly error: number;
  readonly counts: readonly (readonly [word: string, count: number])[];
}

export function headOf(head: Partial<ReportHead> = {}): ReportHead {
  return {
    epoch: 1,
    member: "a",
    number: 1,
    isMarker: false,
    isIdle: false,
    boundMs: 0,
    cutMs: head.boundMs ?? 0,
    firstEndMs: -Infinity,
    servedUntilMs: -Infinity,
    list: [],
    partitions: [],
    ...head,
  };
}

/** Interns the words in the table. */
export function packPanes(
  panes: readonly PlainPane[],
  table: WordTable = new WordTable(),
): { words: WordTable; panes: TakenPane[] } {
  const encoder = new TextEncoder();
  const packed = panes.map(({ startMs, records, words, error, counts }): TakenPane => {
    const entries = counts.map(([word, count]) => {
      const bytes = encoder.encode(word);
      return [table.intern(bytes, 0, bytes.length), count] as const;
    }).sort(([a], [b]) => a - b);
    const ids = Int32Array.from(entries, ([id]) => id);
    const sums = Float64Array.from(entries, ([, count]) => count);
    const run = sparseCounts(ids, sums, { length: entries.length, words, smallest: error });
    return { startMs, records, counts: run };
  });
  return { words: table, panes: packed };
}

/** Puts the sections of one report together, in the order of their panes; words sorted. */
export function unpackSections(sections: readonly PaneSection[]): PlainPane[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return [...Map.groupBy(sections, ({ startMs }) => startMs).values()].map((ofPane) => {
    const [{ startMs, records, words, error }] = ofPane;
    const counts = ofPane.flatMap(({ bytes, starts, ends, counts }) =>
      Array.from(
        starts,
        (start, i): [string, number] => [decoder.decode(bytes.subarray(start, ends[i])), counts[i]],
      )
    );
    return { startMs, records, words, error, counts: sorted(counts) };
  });
}

export function sorted<T>(counts: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return counts.toSorted(([a], [b]) => a < b ? -1 : 1);
}

const anyTime = fc.oneof(fc.constant(-Infinity), fc.integer({ min: -10, max: 10 }).map((n) => n * 2000 + 0));

const anyPartition: fc.Arbitrary<TopicPartition> = fc.record({
  topic: fc.constantFrom("a", "b.c", "__proto__", "t".repeat(249)),
  partition: fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1)),
}, { noNullPrototype: true });
const partitionLists = fc.uniqueArray(anyPartition, {
  maxLength: 12,
  comparator: (a, b) => comparePartitions(a, b) === 0,
}).map((partitions) => partitions.sort(comparePartitions));

export const anyHead: fc.Arbitrary<ReportHead> = fc.record({
  epoch: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  member: fc.constantFrom("a", "member-ä", "m".repeat(64)),
  number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  isMarker: fc.constant(false),
  isIdle: fc.boolean(),
  times: fc.tuple(anyTime, anyTime).map((times) => times.sort((a, b) => a - b || 0)),
  firstEndMs: anyTime,
  servedUntilMs: anyTime,
  list: partitionLists,
  partitions: partitionLists.chain((partitions) =>
    fc.tuple(...partitions.map((each) => fc.maxSafeNat().map((offset) => ({ ...each, offset }))))
  ),
}).map(({ times: [boundMs, cutMs], ...head }) => ({ ...head, boundMs, cutMs }));

const anyWord = fc.oneof(
  { weight: 10, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ minLength: 100, maxLength: 300, size: "max" }) },
).filter((word) => word.isWellFormed());
const anyCount = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

export const anyPanes: fc.Arbitrary<PlainPane[]> = fc.uniqueArray(
  fc.record({
    startMs: fc.integer({ min: -10, max: 10 }).map((n) => n * 2000 + 0),
    records: fc.oneof(fc.nat(9), fc.maxSafeNat()),
    counts: fc.uniqueArray(fc.tuple(anyWord, anyCount), { selector: ([word]) => word, maxLength: 20 }).map(
      sorted,
    ),
    more: fc.nat(10),
    isExact: fc.boolean(),
  }),
  { selector: ({ startMs }) => startMs, maxLength: 5 },
).map((panes) =>
  panes.map(({ startMs, records, counts, more, isExact }) => {
    const numbers = counts.map(([, count]) => count);
    const words = Math.min(Number.MAX_SAFE_INTEGER, numbers.reduce((a, b) => a + b, more));
    return {
      startMs,
      records: records + Number(counts.length > 0 && records === 0),
      words,
      error: isExact ? 0 : Math.min(...numbers, 5),
      counts,
    };
  })
);
