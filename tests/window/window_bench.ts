// A sliding window that tests feed with words, and random steps for property tests.

import fc from "fast-check";
import { type RecordOutcome, SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { SlidingWindowOptions } from "../../lib/window/window_options.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { FakeWords } from "../fakes/fake_words.ts";

/** A window and its table, fed with words. */
export class Bench {
  readonly words = new FakeWords();
  readonly window: SlidingWindow;

  constructor(options: Partial<SlidingWindowOptions> = {}) {
    this.window = new SlidingWindow({ lengthMs: 60, slideMs: 20, top: 3, words: this.words, ...options });
  }

  record(timestampMs: number, words: readonly string[]): RecordOutcome {
    const outcome = this.window.select(timestampMs);
    if (outcome === "counted" || outcome === "late_counted") {
      this.window.add(Int32Array.from(words, (word) => this.words.intern(word)), words.length, 1);
    }
    return outcome;
  }

  /** As `record`, for a window with weights: each of the words counts by `weight`. */
  recordWeighted(timestampMs: number, words: readonly string[], weight: number): RecordOutcome {
    const outcome = this.window.select(timestampMs);
    if (outcome === "counted" || outcome === "late_counted") {
      const ids = Int32Array.from(words, (word) => this.words.intern(word));
      const weights = new Float64Array(words.length).fill(weight);
      this.window.addWeighted({ ids, idCount: words.length, weights }, 1);
    }
    return outcome;
  }

  close(watermarkMs: number): WindowResult[] {
    const results: WindowResult[] = [];
    this.window.closeUntil(watermarkMs, (result) => results.push(result));
    return results;
  }
}

export type Step =
  | { kind: "record"; at: number; words: string[] }
  | { kind: "close"; by: number }
  | { kind: "reset"; closed: number; first: number };

const bound = (value: fc.Arbitrary<number>) => fc.oneof(fc.constant(-Infinity), value);

/** One step. Its times are relative to the watermark; those of a reset are in slides. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("record" as const),
      // Mostly near the watermark, before or after it; rarely far ahead.
      at: fc.oneof({ weight: 12, arbitrary: fc.integer({ min: -60, max: 90 }) }, {
        weight: 1,
        arbitrary: fc.integer({ min: 300, max: 900 }),
      }),
      words: fc.array(fc.constantFrom(..."abcdefghij"), { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("close" as const), by: fc.integer({ min: -5, max: 40 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reset" as const),
      closed: bound(fc.integer({ min: -9, max: 9 })),
      first: bound(fc.integer({ min: -9, max: 15 })),
    }),
  },
);
