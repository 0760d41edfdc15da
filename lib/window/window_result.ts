// The result of a closed window, in the one shape that console, HTTP, `rtcount count` and topics share.

/** A word and its count. */
export interface WordCount {
  /** The word, as the rules for words leave it. */
  readonly word: string;
  /** The number of its occurrences, or the sum of its weights. */
  readonly count: number;
}

/** A word that comes more often than usual. */
export interface RisingWord {
  /** The word, as the rules for words leave it. */
  readonly word: string;
  /** Its count in the window. */
  readonly count: number;
  /** Its usual count in a window with as many words as this one. */
  readonly expected: number;
  /** The count by the expected one, each with `rising.min_count` added. */
  readonly factor: number;
}

/** The count of a word in one pane. */
export interface PaneCount {
  /** When the pane begins, in milliseconds since the epoch. */
  readonly startMs: number;
  /** The number of occurrences in it. */
  readonly count: number;
}

/** A closed window. */
export interface WindowResult {
  /** Milliseconds since the epoch, inclusive; null where the whole input is one window without times. */
  readonly startMs: number | null;
  /** Milliseconds since the epoch, exclusive; null as above. */
  readonly endMs: number | null;
  /** The number of records. */
  readonly records: number;
  /** The number of words, or the sum of their weights. */
  readonly words: number;
  /** The number of distinct words. */
  readonly distinct: number;
  /** The most by which a shown count can be too high; 0 where all are exact. */
  readonly error: number;
  /** Largest count first; words with equal counts in the order of their UTF-8 bytes. */
  readonly top: readonly WordCount[];
  /** Largest factor first; undefined where counts are not compared with earlier ones. */
  readonly rising?: readonly RisingWord[] | undefined;
  /** Words that the stream did not have before, largest count first; undefined where they are not looked for. */
  readonly newWords?: readonly WordCount[] | undefined;
}

/** Formats a window for the API, topics and `count --output json`. The order of the keys is part of the contract. */
export function formatWindowJson(
  result: WindowResult,
  partitions?: Readonly<Record<string, readonly number[]>>,
): string {
  const { startMs, endMs, records, words, distinct, error, top, rising, newWords } = result;
  return JSON.stringify({
    window_start: startMs,
    window_end: endMs,
    records,
    words,
    distinct,
    error,
    top: top.map(countTuple),
    partitions,
    rising: rising?.map(risingTuple),
    new: newWords?.map(countTuple),
  });
}

/** `["word", count]` */
export function countTuple({ word, count }: WordCount): [string, number] {
  return [word, count];
}

/** `["word", count, expected, factor]` */
export function risingTuple({ word, count, expected, factor }: RisingWord): [string, number, number, number] {
  return [word, count, expected, factor];
}
