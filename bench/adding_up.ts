// Measures adding up the reports of a group's members, per word of a report, against the tokenizer, per word of a record, in
// processor time. Both run alternately, so that a busy machine slows both. Every member adds up the reports of all members.

import { GroupWindows } from "../lib/merge/group_windows.ts";
import type { ReportHead } from "../lib/merge/report.ts";
import { encodeReport } from "../lib/merge/report_encoder.ts";
import { FINGERPRINT_BYTES } from "../lib/merge/report_format.ts";
import { PaneWindow } from "../lib/window/pane_window.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import type { Tokenizer } from "../lib/words/tokenizer.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { type Corpus, corpusTokenizer, naturalCorpus } from "./corpus.ts";
import { processorNs } from "./processor_time.ts";

/**
 * Adding up may take 2.5 times as long. In a report each word is another one, so that most look-ups miss the caches:
 * the tokenizer itself takes some 1.6 times as long for a text in which each word occurs once.
 */
const WANTED_RATIO = 0.4;
const ROUNDS = 9;
const WARM_UP_ROUNDS = 3;
const MEMBERS = 4;
const SLIDE_MS = 2_000;
const LENGTH_MS = 60_000;
const RECORDS_PER_BATCH = 2_000;
const PARTITIONS = [{ topic: "t", partition: 0, offset: 0 }];
const FINGERPRINT = new Uint8Array(FINGERPRINT_BYTES);

/** Takes about 10 s. */
export function measureAddingUp(): BenchRow {
  const corpus = naturalCorpus();
  const table = new WordTable();
  const tokenizer = corpusTokenizer(table);
  tokenize(tokenizer, corpus, () => {});
  const distinct = distinctWords(table);
  const group = new Group(corpus);
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  const distinctTimes: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const their = nsPerWord(() => tokenize(tokenizer, corpus, () => {}));
    const ofDistinct = nsPerWord(() => tokenize(tokenizer, distinct, () => {}));
    const our = group.addUp();
    if (round < WARM_UP_ROUNDS) continue;
    ourTimes.push(our);
    theirTimes.push(their);
    distinctTimes.push(ofDistinct);
  }
  const our = median(ourTimes);
  const their = median(theirTimes);
  return {
    name: "adding up a word of a report, against the tokenizer",
    ratio: their / our,
    wanted: WANTED_RATIO,
    costNs: our,
    details: `${our.toFixed(1)} against ${their.toFixed(1)} ns a word, and ` +
      `${median(distinctTimes).toFixed(1)} where each word occurs once`,
  };
}

/** A reader of reports, and members that count a share of the corpus in each pane. */
class Group {
  readonly #corpus: Corpus;
  readonly #words = new WordTable();
  readonly #tokenizer = corpusTokenizer(this.#words);
  readonly #panes = new PaneWindow({ lengthMs: LENGTH_MS, slideMs: SLIDE_MS, words: this.#words });
  readonly #windows: GroupWindows;
  #closed = 0;
  #offset = 0;
  #round = 0;

  constructor(corpus: Corpus) {
    this.#corpus = corpus;
    const words = new WordTable();
    const times = { lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
    this.#windows = new GroupWindows({
      ...times,
      words,
      window: new SlidingWindow({ ...times, top: 20, words, isWeighted: true }),
      fingerprint: FINGERPRINT,
      onClosed: () => this.#closed++,
    });
    this.#windows.start({ closedUntilMs: 0, firstEndMs: -Infinity });
  }

  /** The members report one pane each; returns the nanoseconds a word of taking the reports, without closing the window. */
  addUp(): number {
    const reports = Array.from({ length: MEMBERS }, (_, member) => this.#report(member));
    const words = reports.reduce((sum, { words }) => sum + words, 0);
    const startNs = processorNs();
    for (const value of reports.flatMap(({ parts }) => parts)) this.#take(value);
    const takenNs = processorNs() - startNs;
    this.#round++;
    const head = headOf({ member: 0, number: 2 * this.#round, boundMs: this.#round * SLIDE_MS });
    const options = { words: this.#words, fingerprint: FINGERPRINT };
    for (const { value } of encodeReport({ ...head, partitions: PARTITIONS }, [], options)) this.#take(value);
    if (this.#closed !== this.#round) throw new Error("the window has not closed");
    return takenNs / words;
  }

  #take(value: Uint8Array): void {
    this.#windows.take(value, this.#offset++, Date.now());
    while (this.#windows.isBusy) this.#windows.advance();
  }

  #report(member: number): { parts: Uint8Array[]; words: number } {
    const startMs = this.#round * SLIDE_MS;
    this.#panes.select(startMs);
    tokenize(this.#tokenizer, this.#corpus, (ids, count) => this.#panes.add(ids, count, 1));
    let report: { parts: Uint8Array[]; words: number } | undefined;
    this.#panes.takeBelow(startMs + SLIDE_MS, (panes) => {
      const head = headOf({ member, number: 2 * this.#round + 1, boundMs: startMs + SLIDE_MS });
      const parts = encodeReport(head, panes, { words: this.#words, fingerprint: FINGERPRINT }).map((
        { value },
      ) => value);
      report = { parts, words: panes.reduce((sum, { counts }) => sum + counts.ids.length, 0) };
    });
    if (report === undefined) throw new Error("there is no report");
    return report;
  }
}

/** The reports with counts name no partition: the window closes with the one that does. */
function headOf(
  { member, number, boundMs }: { member: number; number: number; boundMs: number },
): ReportHead {
  return {
    epoch: 1,
    member: `${member}`,
    number,
    isMarker: false,
    isIdle: false,
    boundMs,
    cutMs: boundMs,
    firstEndMs: -Infinity,
    servedUntilMs: -Infinity,
    list: PARTITIONS,
    partitions: [],
  };
}

/** The words of the table, each in one record. */
function distinctWords(table: WordTable): Corpus {
  const texts = Array.from({ length: table.idLimit }, (_, id) => table.text(id));
  const bytes = new TextEncoder().encode(texts.join(""));
  const starts = new Int32Array(texts.length);
  const ends = new Int32Array(texts.length);
  for (let id = 0, at = 0; id < texts.length; id++) {
    starts[id] = at;
    at += table.byteLength(id);
    ends[id] = at;
  }
  return { name: "distinct words", bytes, starts, ends, records: texts.length };
}

/** Returns the number of words. */
function tokenize(
  tokenizer: Tokenizer,
  { bytes, starts, ends, records }: Corpus,
  onWords: (ids: Int32Array, count: number) => void,
): number {
  let words = 0;
  for (let from = 0; from < records; from += RECORDS_PER_BATCH) {
    const count = tokenizer.tokenize(bytes, starts, ends, from, Math.min(records, from + RECORDS_PER_BATCH));
    onWords(tokenizer.ids, count);
    words += count;
  }
  return words;
}

function nsPerWord(run: () => number): number {
  const startNs = processorNs();
  const words = run();
  return (processorNs() - startNs) / words;
}

if (import.meta.main) console.log(formatBenchRow(measureAddingUp()));
