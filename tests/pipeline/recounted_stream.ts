// Random streams of records, and a naive recount of their windows for comparison with the pipeline.

import fc from "fast-check";
import type { WindowResult } from "../../lib/window/window_result.ts";
import type { FakeRecord } from "../fakes/fake_source.ts";

export interface Stream {
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly latenessMs: number;
  /** Records of each partition, out of order by at most the lateness. */
  readonly partitions: readonly (readonly FakeRecord[])[];
}

export const streams: fc.Arbitrary<Stream> = fc.record({
  slideMs: fc.integer({ min: 1, max: 2_000 }),
  panes: fc.integer({ min: 1, max: 6 }),
  latenessMs: fc.nat({ max: 3_000 }),
  partitions: fc.array(
    fc.array(
      fc.record({
        gapMs: fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 20_000 })),
        lateByMs: fc.double({ min: 0, max: 1, noNaN: true }),
        words: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
        hole: fc.nat({ max: 2 }),
      }),
      { maxLength: 40 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
}).map(({ slideMs, panes, latenessMs, partitions }) => ({
  lengthMs: slideMs * panes,
  slideMs,
  latenessMs,
  partitions: partitions.map((steps) => {
    let largestMs = 1_000;
    let offset = 0;
    return steps.map(({ gapMs, lateByMs, words, hole }) => {
      largestMs += gapMs;
      offset += 1 + hole;
      // A record exactly `lateness` behind may find its window closed, so each is at least 1 ms earlier.
      const timestampMs = largestMs - Math.floor(lateByMs * Math.max(0, latenessMs - 1));
      return { offset, timestampMs, value: words.join(",") };
    });
  }),
}));

/** Recounts every window with records; the keys are the ends. */
export function recount({ lengthMs, slideMs, partitions }: Stream): Map<number, unknown> {
  const windows = new Map<number, { records: number; words: number; counts: Map<string, number> }>();
  for (const { timestampMs, value } of partitions.flat()) {
    const firstEndMs = (Math.floor(timestampMs / slideMs) + 1) * slideMs;
    for (let endMs = firstEndMs; endMs < firstEndMs + lengthMs; endMs += slideMs) {
      const window = windows.get(endMs) ?? { records: 0, words: 0, counts: new Map<string, number>() };
      windows.set(endMs, window);
      window.records++;
      for (const word of value ? value.split(",") : []) {
        window.words++;
        window.counts.set(word, (window.counts.get(word) ?? 0) + 1);
      }
    }
  }
  return new Map([...windows].map(([endMs, { records, words, counts }]) => [endMs, {
    records,
    words,
    top: [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word, count]) => ({
      word,
      count,
    })),
  }]));
}

export const shown = ({ records, words, top }: WindowResult) => ({ records, words, top });
export function sorted(windows: Map<number, unknown>): Map<number, unknown> {
  return new Map([...windows].sort(([a], [b]) => a - b));
}
