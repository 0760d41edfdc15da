// Counting words, from the bytes of records to a count by word: the tokenizer and its table, against what one would
// write first. Both in one run, by turns, so that a busy machine slows both.

import { Buffer } from "node:buffer";
import { systemClock } from "../lib/clock.ts";
import { Tokenizer } from "../lib/words/tokenizer.ts";
import { WordTable } from "../lib/words/word_table.ts";

/** How many times as fast as its rival something is. */
export interface BenchRow {
  readonly name: string;
  readonly ratio: number;
  readonly wanted: number;
  readonly details: string;
}

interface Corpus {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly records: number;
}

type Kernel = (corpus: Corpus) => number;

const WANTED_RATIO = 4;
const ROUNDS = 7;
/** As many as come in one fetch or so. */
const RECORDS_PER_BATCH = 2000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Measures both corpora; about 10 s. */
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
  const tokenizer = new Tokenizer({
    split: { kind: "separator", separator: "," },
    trim: true,
    lowercase: false,
    minLength: 1,
    maxLength: 256,
    stopWords: [],
  }, table);
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

/** Records of 31 bytes: five words each, of a few hundred. */
function shortCorpus(): Corpus {
  const random = randomNumbers(1);
  const vocabulary = Array.from({ length: 300 }, () => letters(random, 4 + Math.floor(random() * 3)));
  const pick = () => vocabulary[Math.floor(random() * vocabulary.length)];
  return corpusOf("short words", { records: 300_000, recordBytes: 31, pick });
}

/** Records of 100 bytes: words of a vocabulary of 200,000, zipf-distributed, the frequent ones shorter. */
function naturalCorpus(): Corpus {
  const random = randomNumbers(2);
  const cumulated: number[] = [];
  const vocabulary: string[] = [];
  let sum = 0;
  for (let rank = 1; rank <= 200_000; rank++) {
    sum += 1 / rank;
    cumulated.push(sum);
    vocabulary.push(letters(random, Math.max(2, Math.round(Math.log2(rank) * 0.6 + random() * 4 - 1))));
  }
  const pick = () => {
    const target = random() * sum;
    let low = 0;
    let high = cumulated.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle] < target) low = middle + 1;
      else high = middle;
    }
    return vocabulary[low];
  };
  return corpusOf("natural words", { records: 150_000, recordBytes: 100, pick });
}

/** Words from `pick`, joined by commas to records of so many bytes, the last word of each cut to fit. */
function corpusOf(
  name: string,
  { records, recordBytes, pick }: { records: number; recordBytes: number; pick: () => string },
): Corpus {
  const bytes = new Uint8Array(records * recordBytes);
  const starts = new Int32Array(records);
  const ends = new Int32Array(records);
  const encoder = new TextEncoder();
  for (let i = 0; i < records; i++) {
    let text = pick();
    while (text.length < recordBytes) text += `,${pick()}`;
    if (text.length > recordBytes) text = text.slice(0, text.lastIndexOf(",", recordBytes));
    starts[i] = i * recordBytes;
    ends[i] = starts[i] +
      encoder.encodeInto(text, bytes.subarray(starts[i], starts[i] + recordBytes)).written;
  }
  return { name, bytes, starts, ends, records };
}

function letters(random: () => number, length: number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

if (import.meta.main) {
  for (const { name, ratio, wanted, details } of measureKernel()) {
    console.log(`${name}: ${ratio.toFixed(1)} times as fast, wanted ${wanted} (${details})`);
  }
}
