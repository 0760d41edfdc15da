// Measures what it costs to know the newest record of each word: counting words with no record noted, as a process under
// load does it, and with all. All run alternately on the same records, and the results are ratios of CPU times.

import { RunNotes } from "../lib/pipeline/run_notes.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import { LastPlaces } from "../lib/words/last_places.ts";
import type { Tokenizer } from "../lib/words/tokenizer.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { type Corpus, corpusTokenizer, naturalCorpus, shortCorpus } from "./corpus.ts";
import { processorNs } from "./processor_time.ts";

const SLIDE_MS = 2_000;
const ROUNDS = 31;
const RECORDS_PER_RUN = 250;
const RUNS_PER_TURN = 40;
/** A turn takes so long that the process is not idle. */
const TURN_MS = 10;
const RECORDS_PER_ROUND = 50_000;
/** Counting is two thirds of the time of a record from Kafka (bench/RESULTS.md), so this is 3 % of the whole. */
const MOST = 1.045;

/** Takes about a minute. */
export function measurePlaces(): BenchRow[] {
  return [shortCorpus(), naturalCorpus()].map(measure);
}

function measure(corpus: Corpus): BenchRow {
  const offsets = Float64Array.from({ length: corpus.records }, (_, i) => i);
  const counters = [new Counter(undefined), new Counter(TURN_MS), new Counter(Infinity)];
  const times = counters.map((): number[] => []);
  const rounds = Math.floor(corpus.records / RECORDS_PER_ROUND);
  // The first rounds fill the window.
  for (let round = -rounds; round < ROUNDS; round++) {
    const from = ((round + rounds) % rounds) * RECORDS_PER_ROUND;
    for (let n = 0; n < counters.length; n++) {
      const i = (n + round + rounds) % counters.length;
      const beforeNs = processorNs();
      const words = counters[i].count(corpus, offsets, from);
      if (round >= 0) times[i].push((processorNs() - beforeNs) / words);
    }
  }
  const ratioOf = (i: number) => median(times[i].map((ns, round) => ns / times[0][round]));
  const cost = ratioOf(1);
  const base = median(times[0]);
  return {
    name: `counting with the newest records of words, ${corpus.name}`,
    ratio: 1 / cost,
    wanted: 1 / MOST,
    costNs: base * cost,
    details: `${cost.toFixed(3)} times the ${base.toFixed(1)} ns a word, at most ${MOST}; ` +
      `${ratioOf(2).toFixed(2)} times with all records noted`,
  };
}

class Counter {
  readonly #notes: RunNotes | undefined;
  readonly #window: SlidingWindow;
  readonly #tokenizer: Tokenizer;
  readonly #turnMs: number;
  #nowMs = 0;
  #endMs = 0;

  /** `turnMs`: the time of a turn, by which notes are limited; undefined where nothing is noted. */
  constructor(turnMs: number | undefined) {
    const places = turnMs === undefined ? undefined : new LastPlaces({ slideMs: SLIDE_MS });
    const words = new WordTable({ places });
    places?.begin(1);
    this.#turnMs = Math.min(turnMs ?? 0, Number.MAX_SAFE_INTEGER / 1e6);
    this.#notes = places && new RunNotes(places);
    this.#window = new SlidingWindow({ lengthMs: 30 * SLIDE_MS, slideMs: SLIDE_MS, top: 20, words });
    this.#tokenizer = corpusTokenizer(words);
  }

  count({ bytes, starts, ends }: Corpus, offsets: Float64Array, first: number): number {
    this.#window.select(this.#endMs);
    let words = 0;
    for (let n = 0; n < RECORDS_PER_ROUND / RECORDS_PER_RUN; n++) {
      if (n % RUNS_PER_TURN === 0) this.#notes?.beginTurn(this.#nowMs += this.#turnMs);
      const from = first + n * RECORDS_PER_RUN;
      const noted = this.#notes?.ofRun({ partition: 0, startMs: this.#window.paneStartMs });
      const tokenizer = this.#tokenizer;
      tokenizer.notesTexts = noted !== undefined;
      const idCount = tokenizer.tokenize(bytes, starts, ends, from, from + RECORDS_PER_RUN);
      const { ids } = tokenizer;
      noted?.note({ ids, idCount, textIndexes: tokenizer.textIndexes, offsets });
      this.#window.add(ids, idCount, RECORDS_PER_RUN);
      words += idCount;
    }
    this.#window.closeUntil(this.#endMs += SLIDE_MS, () => {});
    return words;
  }
}

if (import.meta.main) { for (const row of measurePlaces()) console.log(formatBenchRow(row)); }
