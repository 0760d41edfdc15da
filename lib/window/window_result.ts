// The result of a closed window, in the one shape that console, HTTP, `rtcount count` and topics share.

/** A word and its count. */
export interface WordCount {
  /** The word, as the rules for words leave it. */
  readonly word: string;
  /** The number of its occurrences, or the sum of its weights. */
  readonly count: number;
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
}

/** Formats a window for the API, topics and `count --output json`. The order of the keys is part of the contract. */
export function formatWindowJson(
  result: WindowResult,
  partitions?: Readonly<Record<string, readonly number[]>>,
): string {
  const { startMs, endMs, records, words, distinct, error, top } = result;
  return JSON.stringify({
    window_start: startMs,
    window_end: endMs,
    records,
    words,
    distinct,
    error,
    top: top.map(({ word, count }) => [word, count]),
    partitions,
  });
}
