// The result of a closed window, in the one shape that console, HTTP, `rtcount count` and topics share.

export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** The count of a word in one pane. */
export interface PaneCount {
  readonly startMs: number;
  readonly count: number;
}

export interface WindowResult {
  /** Milliseconds since the epoch, inclusive; null where the whole input is one window without times. */
  readonly startMs: number | null;
  /** Milliseconds since the epoch, exclusive; null as above. */
  readonly endMs: number | null;
  readonly records: number;
  readonly words: number;
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
