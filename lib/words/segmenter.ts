// Words as Unicode defines them: the word-like segments of Intl.Segmenter. The runtime brings the locales and the
// dictionaries for Chinese, Japanese and Thai. Intl.Segmenter takes strings and makes an object per segment, so ASCII
// texts are cut on their bytes instead, by the same rules (the part of UAX 29 that concerns ASCII).

import type { Pieces } from "./pieces.ts";
import type { TextSplitter } from "./text_splitter.ts";

/** The locale without the rules of any language. */
export const ROOT_LOCALE = "und";
/** A runtime does not list "und", and its substitute depends on the machine. English has no rules of its own. */
const PLAIN_LOCALE = "en";

const ASCII_CHARACTERS = 128;

// Kinds of ASCII characters. OTHER is never part of a word; the last three are part of one only between what they join.
const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
/** The underscore joins letters, digits and itself; alone it is no word. */
const EXTENDER = 3;
const JOINS_LETTERS = 4;
const JOINS_DIGITS = 5;
const JOINS_BOTH = 6;

/**
 * Adds the words of the ASCII text `pieces.bytes[position..end)` to the pieces while there is room; returns the position
 * that it reached.
 */
export type AsciiSplitter = (pieces: Pieces, position: number, end: number) => number;

/** Whether the text is a BCP 47 language tag. */
export function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A segmenter that is the same on every machine: a locale without rules in the runtime counts as the root. */
export function wordSegmenter(locale: string): Intl.Segmenter {
  return new Intl.Segmenter([locale, PLAIN_LOCALE], { granularity: "word", localeMatcher: "lookup" });
}

export function segmentSplitter(segmenter: Intl.Segmenter): TextSplitter {
  return (text, onPiece) => {
    for (const { segment, index, isWordLike } of segmenter.segment(text)) {
      if (isWordLike) onPiece(index, index + segment.length);
    }
  };
}

/**
 * Finds the same words in ASCII texts. It asks the segmenter which characters join letters or digits: ICU departs from
 * UAX 29 (a full stop joins digits but not letters), and a locale may differ again.
 */
export function asciiSegmentSplitter(segmenter: Intl.Segmenter): AsciiSplitter {
  const kinds = Uint8Array.from(
    { length: ASCII_CHARACTERS },
    (_, code) => kindOf(String.fromCharCode(code), segmenter),
  );
  return (pieces, position, end) => splitWords(pieces, position, { end, kinds });
}

function kindOf(character: string, segmenter: Intl.Segmenter): number {
  if (/[A-Za-z]/.test(character)) return LETTER;
  if (/[0-9]/.test(character)) return DIGIT;
  if (character === "_") return EXTENDER;
  const isOne = (text: string) => [...segmenter.segment(text)].length === 1;
  const joinsLetters = isOne(`a${character}a`);
  const joinsDigits = isOne(`1${character}1`);
  if (joinsLetters) return joinsDigits ? JOINS_BOTH : JOINS_LETTERS;
  return joinsDigits ? JOINS_DIGITS : OTHER;
}

function splitWords(
  pieces: Pieces,
  position: number,
  { end, kinds }: { readonly end: number; readonly kinds: Uint8Array },
): number {
  const { bytes } = pieces;
  let i = position;
  while (pieces.count < pieces.capacity) {
    while (i < end && !isWordPart(kinds[bytes[i]])) i++;
    if (i === end) return end;
    const wordEnd = endOfWord(bytes, i, { end, kinds });
    if (wordEnd > i + 1 || kinds[bytes[i]] !== EXTENDER) pieces.add(i, wordEnd);
    i = wordEnd;
  }
  return i;
}

function endOfWord(
  bytes: Uint8Array,
  start: number,
  { end, kinds }: { readonly end: number; readonly kinds: Uint8Array },
): number {
  let last = kinds[bytes[start]];
  let i = start + 1;
  while (i < end) {
    let kind = kinds[bytes[i]];
    if (!isWordPart(kind)) {
      const isJoint = kind === JOINS_BOTH || kind === (last === LETTER ? JOINS_LETTERS : JOINS_DIGITS);
      kind = i + 1 < end ? kinds[bytes[i + 1]] : OTHER;
      if (!isJoint || last !== kind || kind === EXTENDER || !isWordPart(kind)) break;
      i++;
    }
    last = kind;
    i++;
  }
  return i;
}

function isWordPart(kind: number): boolean {
  return kind >= LETTER && kind <= EXTENDER;
}
