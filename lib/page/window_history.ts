// The last windows as the stream brings them, oldest first.

/** As the page keeps it. Times are milliseconds since the epoch. */
export interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  /** How much a count can at most be too high; 0: exact. */
  readonly error: number;
  /** Count by word, the largest first. */
  readonly top: ReadonlyMap<string, number>;
  /** Of the words of `top`. */
  readonly characters: number;
  /** Whether `top` has every word of the window: then one that is not in it was not there. */
  readonly isWhole: boolean;
}

/** Never changed, so that a page that is paused just holds on to one. */
export type WindowHistory = readonly ClosedWindow[];

/** As many as the daemon keeps. */
export const MAX_WINDOWS = 300;
/** Of each window; more is neither shown nor chosen. */
export const MAX_KEPT_WORDS = 100;
/** Of all words that are kept, some 8 MB: a few windows of words of 64 KiB each fill it, and the oldest go. */
const MAX_KEPT_CHARACTERS = 4 * 2 ** 20;

/** Reads what an event of the stream carries. */
export function parseWindow(json: string): ClosedWindow {
  const { window_start, window_end, records, words, distinct, error, top } = JSON.parse(json);
  const kept = new Map<string, number>(top.slice(0, MAX_KEPT_WORDS));
  return {
    startMs: window_start,
    endMs: window_end,
    records,
    words,
    distinct,
    error,
    top: kept,
    characters: [...kept.keys()].reduce((sum, word) => sum + word.length, 0),
    isWhole: error === 0 && Math.min(top.length, MAX_KEPT_WORDS) >= distinct,
  };
}

/**
 * With the window as its newest. A daemon that was started again may put out once more what another life of it has
 * put out: the newer word holds.
 */
export function addWindow(history: WindowHistory, window: ClosedWindow): WindowHistory {
  const earlier = history.filter(({ endMs }) => endMs < window.endMs);
  const kept = [...earlier.slice(1 - MAX_WINDOWS), window];
  let characters = 0;
  let first = kept.length;
  while (first > 0) {
    characters += kept[first - 1].characters;
    if (characters > MAX_KEPT_CHARACTERS && first < kept.length) break;
    first--;
  }
  return kept.slice(first);
}

/** Null where the window does not tell. */
export function countIn({ top, isWhole }: ClosedWindow, word: string): number | null {
  return top.get(word) ?? (isWhole ? 0 : null);
}
