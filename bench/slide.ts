// Measures the slide of a window by one pane, top words included: running totals in typed arrays against a Map per pane
// and a Map of totals. Both run alternately, so that a busy machine slows both. The time starts when the entering pane
// is counted and ends with the top words.

import { systemClock } from "../lib/async/clock.ts";
import { seededRandom } from "../lib/source/synthetic/random.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import type { WordCount } from "../lib/window/window_result.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";

const WANTED_RATIO = 8;
const PANES = 60;
const LENGTHS_COMPARED = [30, 300] as const;
const WANTED_LENGTH_RATIO = 0.85;
const WORDS_PER_PANE = 100_000;
const VOCABULARY = 200_000;
/** Words that every pane has many times, so that there is a top. */
const FREQUENT_WORDS = 100;
const SLIDE_MS = 1_000;
const TOP = 20;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 5;

/** Takes about 15 s. */
export function measureSlide(): BenchRow[] {
  return [measureAgainstMaps(), measureLength()];
}

function measureAgainstMaps(): BenchRow {
  const vocabulary = Array.from({ length: VOCABULARY }, (_, i) => `word-${i}`);
  const drawPane = paneDrawer();
  const ours = new TypedArrayWindow(vocabulary);
  const theirs = new MapWindow(vocabulary);
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  for (let pane = 0; pane < PANES + WARM_UP_ROUNDS + ROUNDS; pane++) {
    const words = drawPane();
    ours.count(words);
    theirs.count(words);
    const our = timed(() => ours.slide());
    const their = timed(() => theirs.slide());
    if (JSON.stringify(our.result) !== JSON.stringify(their.result)) throw new Error("the two tops differ");
    if (pane < PANES + WARM_UP_ROUNDS) continue;
    ourTimes.push(our.ms);
    theirTimes.push(their.ms);
  }
  const our = median(ourTimes);
  const their = median(theirTimes);
  return {
    name: `sliding by one pane of ${WORDS_PER_PANE} distinct words, ${PANES} panes`,
    ratio: their / our,
    wanted: WANTED_RATIO,
    costNs: our * 1e6,
    details: `${our.toFixed(1)} against ${their.toFixed(1)} ms a slide`,
  };
}

/** A long window against a short one, with the same words: the length must not change the cost of a slide. */
function measureLength(): BenchRow {
  const vocabulary = Array.from({ length: VOCABULARY }, (_, i) => `word-${i}`);
  const drawPane = paneDrawer();
  const [short, long] = LENGTHS_COMPARED.map((panes) => ({
    window: new TypedArrayWindow(vocabulary, panes),
    times: [] as number[],
  }));
  for (let pane = 0; pane < LENGTHS_COMPARED[1] + WARM_UP_ROUNDS + ROUNDS; pane++) {
    const words = drawPane();
    for (const { window, times } of [short, long]) {
      window.count(words);
      const { ms } = timed(() => window.slide());
      if (pane >= LENGTHS_COMPARED[1] + WARM_UP_ROUNDS) times.push(ms);
    }
  }
  const [shortMs, longMs] = [short, long].map(({ times }) => median(times));
  return {
    name: `sliding by one pane, a window of ${LENGTHS_COMPARED[1]} panes against one of ${
      LENGTHS_COMPARED[0]
    }`,
    ratio: shortMs / longMs,
    wanted: WANTED_LENGTH_RATIO,
    costNs: longMs * 1e6,
    details: `${longMs.toFixed(1)} against ${shortMs.toFixed(1)} ms a slide`,
  };
}

/** Each call draws the words of a pane, as indexes into the vocabulary: distinct ones, then frequent ones again. */
function paneDrawer(): () => Int32Array {
  const random = seededRandom(1, 0);
  const shuffled = Int32Array.from({ length: VOCABULARY }, (_, i) => i);
  return () => {
    for (let i = 0; i < WORDS_PER_PANE; i++) {
      const other = i + Math.floor(random() * (VOCABULARY - i));
      [shuffled[i], shuffled[other]] = [shuffled[other], shuffled[i]];
    }
    const frequent = Array.from(
      { length: FREQUENT_WORDS * 10 },
      () => Math.floor(random() * random() * FREQUENT_WORDS),
    );
    return Int32Array.from([...shuffled.subarray(0, WORDS_PER_PANE), ...frequent]);
  };
}

class TypedArrayWindow {
  readonly #words = new WordTable();
  readonly #ids: Int32Array;
  readonly #window: SlidingWindow;
  #endMs = 0;

  constructor(vocabulary: readonly string[], panes = PANES) {
    this.#window = new SlidingWindow({
      lengthMs: panes * SLIDE_MS,
      slideMs: SLIDE_MS,
      top: TOP,
      words: this.#words,
    });
    const encoder = new TextEncoder();
    this.#ids = Int32Array.from(vocabulary, (word) => {
      const bytes = encoder.encode(word);
      return this.#words.intern(bytes, 0, bytes.length);
    });
  }

  count(words: Int32Array): void {
    this.#window.select(this.#endMs);
    this.#window.add(words.map((word) => this.#ids[word]), words.length, 1);
  }

  slide(): readonly WordCount[] {
    let top: readonly WordCount[] = [];
    this.#window.closeUntil(this.#endMs += SLIDE_MS, (result) => top = result.top);
    return top;
  }
}

class MapWindow {
  readonly #vocabulary: readonly string[];
  readonly #panes: Map<string, number>[] = [];
  readonly #totals = new Map<string, number>();

  constructor(vocabulary: readonly string[]) {
    this.#vocabulary = vocabulary;
  }

  count(words: Int32Array): void {
    const counts = new Map<string, number>();
    for (const index of words) {
      const word = this.#vocabulary[index];
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    this.#panes.push(counts);
  }

  slide(): WordCount[] {
    for (const [word, count] of this.#panes.at(-1) ?? []) {
      this.#totals.set(word, (this.#totals.get(word) ?? 0) + count);
    }
    const leaving = this.#panes.length > PANES ? this.#panes.shift() : undefined;
    for (const [word, count] of leaving ?? []) {
      const left = (this.#totals.get(word) ?? 0) - count;
      if (left === 0) this.#totals.delete(word);
      else this.#totals.set(word, left);
    }
    return this.#top();
  }

  /** One pass that keeps the best; a full sort would cost several times as much as all the rest. */
  #top(): WordCount[] {
    const best: WordCount[] = [];
    for (const [word, count] of this.#totals) {
      const last = best.at(-1);
      if (best.length === TOP && last !== undefined && !isBefore({ word, count }, last)) continue;
      const place = best.findIndex((other) => isBefore({ word, count }, other));
      best.splice(place < 0 ? best.length : place, 0, { word, count });
      if (best.length > TOP) best.pop();
    }
    return best;
  }
}

function isBefore(a: WordCount, b: WordCount): boolean {
  return a.count > b.count || (a.count === b.count && a.word < b.word);
}

function timed<T>(action: () => T): { result: T; ms: number } {
  const startMs = systemClock.monotonicMs();
  const result = action();
  return { result, ms: systemClock.monotonicMs() - startMs };
}

if (import.meta.main) {
  for (const row of measureSlide()) console.log(formatBenchRow(row));
}
