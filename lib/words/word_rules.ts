// The rules that say which parts of a text are words, as the configuration states them.

/** How a text becomes words. */
export interface WordRules {
  /** Where words begin and end. */
  readonly split: SplitRule;
  /** Remove white space around a word, as `String.prototype.trim` does. */
  readonly trim: boolean;
  /** Make each word lower-case. */
  readonly lowercase: boolean;
  /** In code points of the final word. */
  readonly minLength: number;
  /** In UTF-8 bytes of the final word. */
  readonly maxLength: number;
  /** Compared with the final word; with `lowercase` they are lowercased first. */
  readonly stopWords: readonly string[];
}

/**
 * `separator`: cut at each one (1 to 16 bytes of UTF-8). `pattern`: take each match of a regular expression (flags `gu`).
 * `segmenter`: take the words that `Intl.Segmenter` finds; `locale` is a BCP 47 tag, `und` has no language's rules.
 * `whole`: the text is one word.
 */
export type SplitRule =
  | { readonly kind: "separator"; readonly separator: string }
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "segmenter"; readonly locale: string }
  | { readonly kind: "whole" };

/** Why a piece of a text is no word. The numbers are negative, so that they can stand in place of an id. */
export const NO_WORD = { empty: -1, tooLong: -2, tooShort: -3, stopWord: -4 } as const;
