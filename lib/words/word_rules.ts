// What a word is, as a user says it.

/** What is split off a text, and which of it are words. */
export interface WordRules {
  readonly split: SplitRule;
  /** White space around a word, as `String.prototype.trim` sees it, is not part of it. */
  readonly trim: boolean;
  readonly lowercase: boolean;
  /** Code points of the final word. */
  readonly minLength: number;
  /** UTF-8 bytes of the final word. */
  readonly maxLength: number;
  /** Compared with the final word; lowercased themselves when `lowercase` is on. */
  readonly stopWords: readonly string[];
}

/**
 * Cut at each separator (1 to 16 bytes of UTF-8), or take each match of a regular expression (flags `gu`), or the words
 * that `Intl.Segmenter` finds (`locale`: of BCP 47, `und` for no language's own rules).
 */
export type SplitRule =
  | { readonly kind: "separator"; readonly separator: string }
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "segmenter"; readonly locale: string };

/** Why a piece of a text is no word; negative, so that it fits where an id would be. */
export const NO_WORD = { empty: -1, tooLong: -2, tooShort: -3, stopWord: -4 } as const;
