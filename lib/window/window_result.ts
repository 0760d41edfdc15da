// What a closed window says: the one shape that console, HTTP, `count` and every later output carry.

export interface WordCount {
  readonly word: string;
  readonly count: number;
}

export interface WindowResult {
  /** Milliseconds since the epoch, inclusive; null where all input is one window without times. */
  readonly startMs: number | null;
  /** Exclusive. */
  readonly endMs: number | null;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  /** How much a shown count can at most be too high; 0: exact. */
  readonly error: number;
  /** Largest count first, equal counts by the bytes of their UTF-8. */
  readonly top: readonly WordCount[];
}

/** As `count --output json` and the API put it out; the order of keys is part of the contract. */
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
