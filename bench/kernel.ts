// Measures counting words, from the bytes of records to counts: tokenizer and word table against toString, split and a
// Map. Both run alternately, so that a busy machine slows both.

import { Buffer } from "node:buffer";
import { systemClock } from "../lib/async/clock.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { type Corpus, corpusTokenizer, naturalCorpus, shortCorpus } from "./corpus.ts";

type Kernel = (corpus: Corpus) => number;

const WANTED_RATIO = 4;
const ROUNDS = 7;
/** About as many as one fetch brings. */
const RECORDS_PER_BATCH = 2000;

/** Measures both corpora; takes about 10 s. */
export function measureKernel(): BenchRow[] {
  return [shortCorpus(), naturalCorpus()].map(measure);
}

function measure(corpus: Corpus): BenchRow {
  const ours = byteKernel();
  const theirs = stringKernel();
  const words = ours(corpus);
  if (theirs(corpus) !== words) throw new Error(`${corpus.name}: the two kernels count different words`);
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ourTimes.push(nsPerWord(ours, corpus));
    theirTimes.push(nsPerWord(theirs, corpus));
  }
  const our = median(ourTimes);
  const their = median(theirTimes);
  return {
    name: `counting kernel, ${corpus.name}`,
    ratio: their / our,
    wanted: WANTED_RATIO,
    costNs: our,
    details: `${our.toFixed(1)} against ${their.toFixed(1)} ns a word`,
  };
}

function nsPerWord(kernel: Kernel, corpus: Corpus): number {
  const start = systemClock.monotonicMs();
  const words = kernel(corpus);
  return (systemClock.monotonicMs() - start) * 1e6 / words;
}

function byteKernel(): Kernel {
  const table = new WordTable();
  const tokenizer = corpusTokenizer(table);
  let counts = new Uint32Array(1024);
  return ({ bytes, starts, ends, records }) => {
    let words = 0;
    for (let from = 0; from < records; from += RECORDS_PER_BATCH) {
      const to = Math.min(records, from + RECORDS_PER_BATCH);
      const idCount = tokenizer.tokenize(bytes, starts, ends, from, to);
      if (table.idLimit > counts.length) {
        const grown = new Uint32Array(table.idLimit * 2);
        grown.set(counts);
        counts = grown;
      }
      const ids = tokenizer.ids;
      for (let i = 0; i < idCount; i++) counts[ids[i]]++;
      words += idCount;
    }
    return words;
  };
}

function stringKernel(): Kernel {
  const counts = new Map<string, number>();
  return ({ bytes, starts, ends, records }) => {
    let words = 0;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < records; i++) {
      for (const word of buffer.toString("utf8", starts[i], ends[i]).split(",")) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
        words++;
      }
    }
    return words;
  };
}

if (import.meta.main) {
  for (const row of measureKernel()) console.log(formatBenchRow(row));
}
