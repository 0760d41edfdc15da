// The last windows that the stream delivered, oldest first.

/** A window as the page keeps it. Times are milliseconds since the epoch. */
export interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  /** How much a count can be too high; 0 means exact. */
  readonly error: number;
  /** Counts by word, largest first. */
  readonly top: ReadonlyMap<string, number>;
  /** Words that come more often than usual, largest factor first; undefined if counts are not compared. */
  readonly rising?: readonly RisingWord[] | undefined;
  /** Words that the stream did not have before, largest count first; undefined if they are not looked for. */
  readonly newWords?: readonly NewWord[] | undefined;
  /** Sum of the lengths of the words in `top`, `rising` and `newWords`. */
  readonly characters: number;
  /** Whether `top` has every word of the window; then any other word was not in it. */
  readonly isWhole: boolean;
}

/** A word, its count, its usual count, and how many times as often it comes. */
export type RisingWord = readonly [word: string, count: number, expected: number, factor: number];

/** A word and its count. */
export type NewWord = readonly [word: string, count: number];

/** Immutable, so that a paused page can keep one. */
export type WindowHistory = readonly ClosedWindow[];

/** The daemon keeps as many. */
export const MAX_WINDOWS = 300;
/** Words kept per window; more are neither shown nor chosen. */
export const MAX_KEPT_WORDS = 100;
/** Bound for all words, about 8 MB. A few windows of 64 KiB words reach it; then the oldest windows go. */
const MAX_KEPT_CHARACTERS = 4 * 2 ** 20;

/** Parses the data of a `window` event. */
export function parseWindow(json: string): ClosedWindow {
  const parsed = JSON.parse(json);
  const { window_start, window_end, records, words, distinct, error, top, rising } = parsed;
  const kept = new Map<string, number>(top.slice(0, MAX_KEPT_WORDS));
  const keptRising: readonly RisingWord[] | undefined = rising?.slice(0, MAX_KEPT_WORDS);
  const keptNew: readonly NewWord[] | undefined = parsed.new?.slice(0, MAX_KEPT_WORDS);
  const shownWords = [...kept.keys(), ...[...(keptRising ?? []), ...(keptNew ?? [])].map(([word]) => word)];
  return {
    startMs: window_start,
    endMs: window_end,
    records,
    words,
    distinct,
    error,
    top: kept,
    rising: keptRising,
    newWords: keptNew,
    characters: shownWords.reduce((sum, word) => sum + word.length, 0),
    isWhole: error === 0 && Math.min(top.length, MAX_KEPT_WORDS) >= distinct,
  };
}

/** Appends the window. A restarted daemon may emit windows again; the newer copy replaces the older one. */
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

/** Null if the window does not tell. */
export function countIn({ top, isWhole }: ClosedWindow, word: string): number | null {
  return top.get(word) ?? (isWhole ? 0 : null);
}
