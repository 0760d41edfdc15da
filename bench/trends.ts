// Measures the cost of rising words, and of rising and new words together: the slide of a window, and the words of records
// with all slides. All run by turns with a window without them, on the same words; the results are ratios of CPU times.

import { seededRandom } from "../lib/source/synthetic/random.ts";
import { NewWords } from "../lib/trends/new_words.ts";
import { Trends } from "../lib/trends/trends.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import type { Tokenizer } from "../lib/words/tokenizer.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { silentLog } from "../tests/fakes/silent_log.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { corpusTokenizer } from "./corpus.ts";
import { processorNs } from "./processor_time.ts";

const VOCABULARY = 200_000;
const PANES = 30;
const SLIDE_MS = 2_000;
const WORDS_PER_RECORD = 10;
/** 50,000 records a second. */
const RECORDS_PER_PANE = 100_000;
const RECORDS_PER_RUN = 250;
/** Different panes, which repeat. */
const DRAWN_PANES = 4;
const ROUNDS = 30;
/** Then the window is full, and the baseline has the length of a window. */
const WARM_UP_PANES = 2 * PANES + 5;
const MOST_OF_SLIDE = 1.5;
const MOST_OF_RECORD = 1.05;

const encoder = new TextEncoder();

interface DrawnPane {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Takes about two minutes. */
export function measureTrends(): BenchRow[] {
  const random = seededRandom(1, 0);
  const panes = Array.from({ length: DRAWN_PANES }, () => drawPane(random));
  const counters = [[], ["rising"], ["rising", "new"]].map((compared) => new Counter(compared));
  const slides = counters.map((): number[] => []);
  const all = counters.map((): number[] => []);
  for (let pane = 0; pane < WARM_UP_PANES + ROUNDS; pane++) {
    for (let turn = 0; turn < counters.length; turn++) {
      const i = (pane + turn) % counters.length;
      const counting = cpuMs(() => counters[i].count(panes[pane % DRAWN_PANES]));
      const slide = cpuMs(() => counters[i].slide());
      if (pane < WARM_UP_PANES) continue;
      slides[i].push(slide);
      all[i].push(counting + slide);
    }
  }
  const row = (
    name: string,
    [times, plain]: readonly [readonly number[], readonly number[]],
    { most, units }: { readonly most: number; readonly units: number },
  ): BenchRow => {
    const [without, compared] = [median(plain), median(times)];
    const cost = median(times.map((ms, round) => ms / plain[round]));
    return {
      name,
      ratio: 1 / cost,
      wanted: 1 / most,
      costNs: compared * 1e6 / units,
      details: `${compared.toFixed(2)} against ${without.toFixed(2)} ms of CPU, at most ${most} times`,
    };
  };
  return ["rising words", "rising and new words"].flatMap((name, i) => [
    row(`a slide with ${name}, 200,000 distinct words`, [slides[i + 1], slides[0]], {
      most: MOST_OF_SLIDE,
      units: 1,
    }),
    row(`counting records and a slide with ${name}`, [all[i + 1], all[0]], {
      most: MOST_OF_RECORD,
      units: RECORDS_PER_PANE,
    }),
  ]);
}

class Counter {
  readonly #trends: Trends | undefined;
  readonly #newWords: NewWords | undefined;
  readonly #window: SlidingWindow;
  readonly #tokenizer: Tokenizer;
  #endMs = 0;

  constructor(compared: readonly string[]) {
    const words = new WordTable();
    const times = { lengthMs: PANES * SLIDE_MS, slideMs: SLIDE_MS };
    if (compared.includes("rising")) {
      this.#trends = new Trends({ words, ...times, baselineWindows: 30, minCount: 10, log: silentLog });
    }
    if (compared.includes("new")) {
      const memory = { memoryMs: 7 * 86_400_000, learnMs: 0, minCount: 5, isSaved: true };
      this.#newWords = new NewWords({ words, slideMs: SLIDE_MS, ...memory, log: silentLog });
    }
    const observers = [this.#trends, this.#newWords].filter((observer) => observer !== undefined);
    this.#window = new SlidingWindow({ ...times, top: 20, words, observers });
    this.#tokenizer = corpusTokenizer(words);
  }

  count({ bytes, starts, ends }: DrawnPane): void {
    this.#window.select(this.#endMs);
    for (let from = 0; from < RECORDS_PER_PANE; from += RECORDS_PER_RUN) {
      const words = this.#tokenizer.tokenize(bytes, starts, ends, from, from + RECORDS_PER_RUN);
      this.#window.add(this.#tokenizer.ids, words, RECORDS_PER_RUN);
    }
  }

  slide(): void {
    this.#window.closeUntil(this.#endMs += SLIDE_MS, () => {
      this.#trends?.rising(this.#window, 20);
      this.#newWords?.observe(this.#window);
      this.#newWords?.newest(this.#window, 20);
    });
  }
}

/** Few words are frequent, and nearly all occur in every pane. */
function drawPane(random: () => number): DrawnPane {
  const starts = new Int32Array(RECORDS_PER_PANE);
  const ends = new Int32Array(RECORDS_PER_PANE);
  const records: string[] = [];
  let at = 0;
  for (let i = 0; i < RECORDS_PER_PANE; i++) {
    const record = Array.from({ length: WORDS_PER_RECORD }, () => {
      return `word-${Math.floor(VOCABULARY * random() ** 2)}`;
    }).join(",");
    starts[i] = at;
    at += record.length;
    ends[i] = at;
    records.push(record);
  }
  return { bytes: encoder.encode(records.join("")), starts, ends };
}

function cpuMs(action: () => void): number {
  const beforeNs = processorNs();
  action();
  return (processorNs() - beforeNs) / 1e6;
}

if (import.meta.main) { for (const row of measureTrends()) console.log(formatBenchRow(row)); }
