// Words as Unicode defines them: the word-like segments of Intl.Segmenter. Its locales and dictionaries (Chinese,
// Japanese, Thai) are the runtime's. It takes strings and makes an object a segment; a text that is ASCII alone is
// cut on its bytes instead, by the same rules (UAX 29, what of it concerns ASCII).

import type { Pieces } from "./pieces.ts";
import type { TextSplitter } from "./text_splitter.ts";

/** Where no locale is given: no language's own rules. */
export const ROOT_LOCALE = "und";
/** What a runtime takes for "und", which it does not list, depends on its machine; English has no rules of its own. */
const PLAIN_LOCALE = "en";

const ASCII_CHARACTERS = 128;

// What an ASCII character is. OTHER is not part of any word, the last three are between what they join alone.
const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
/** The underscore goes with letters, digits and itself, and is no word when alone. */
const EXTENDER = 3;
const JOINS_LETTERS = 4;
const JOINS_DIGITS = 5;
const JOINS_BOTH = 6;

/**
 * Adds the words of `pieces.bytes[position..end)`, which is ASCII, to the pieces, until there is no more room; answers how
 * far it came.
 */
export type AsciiSplitter = (pieces: Pieces, position: number, end: number) => number;

/** Whether the text is a language tag of BCP 47. */
export function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The same on every machine: a locale that the runtime has no rules for counts as the root. */
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
 * The same pieces for texts that are ASCII alone. Which characters join letters or digits is asked of the segmenter: ICU
 * has its own mind there (a full stop joins digits, and not letters as in UAX 29), and a locale may have another.
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

/** What lies between words is left out. */
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
