// The records of the benchmarks: short words and natural ones, the same in every run.

import { Tokenizer } from "../lib/words/tokenizer.ts";
import type { WordTable } from "../lib/words/word_table.ts";

const NATURAL_BYTES = 15_000_000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export interface Corpus {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly records: number;
}

const decoder = new TextDecoder();

/** The text of a record. */
export function textOf({ bytes, starts, ends }: Corpus, i: number): string {
  return decoder.decode(bytes.subarray(starts[i], ends[i]));
}

/** Splits the records of a corpus. */
export function corpusTokenizer(words: WordTable): Tokenizer {
  return new Tokenizer({
    split: { kind: "separator", separator: "," },
    trim: true,
    lowercase: false,
    minLength: 1,
    maxLength: 256,
    stopWords: [],
  }, words);
}

/** Records of 31 bytes: five words each, of a few hundred. */
export function shortCorpus(): Corpus {
  const random = randomNumbers(1);
  const vocabulary = Array.from({ length: 300 }, () => letters(random, 4 + Math.floor(random() * 3)));
  const pick = () => vocabulary[Math.floor(random() * vocabulary.length)];
  return corpusOf("short words", { records: 300_000, recordBytes: 31, pick });
}

/** Words of a vocabulary, zipf-distributed, frequent ones shorter; the total size is the same for every record size. */
export function naturalCorpus(
  { vocabulary = 200_000, recordBytes = 100 }: { vocabulary?: number; recordBytes?: number } = {},
): Corpus {
  const random = randomNumbers(2);
  const cumulated = new Float64Array(vocabulary);
  const words: string[] = [];
  let sum = 0;
  for (let rank = 1; rank <= vocabulary; rank++) {
    sum += 1 / rank;
    cumulated[rank - 1] = sum;
    words.push(letters(random, Math.max(2, Math.round(Math.log2(rank) * 0.6 + random() * 4 - 1))));
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
    return words[low];
  };
  return corpusOf("natural words", { records: NATURAL_BYTES / recordBytes, recordBytes, pick });
}

/** Words from `pick`, joined by commas to records of `recordBytes`, the last word of each cut to fit. */
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
    text = text.slice(0, recordBytes).replace(/,$/, "x");
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
