// Makes words visible: they are untrusted input. Invisible characters, and characters that affect their surroundings, are
// escaped, so that two different words never look the same because of them. Letters that look alike stay as they are.

import { escapeCharacter } from "../text/escape.ts";
import { fingerprint } from "../text/fingerprint.ts";

/** A part of a shown word: literal text, or a mark for what cannot be shown. */
export interface WordPart {
  readonly text: string;
  readonly isMark: boolean;
}

/** Longer words are cut in the middle where space is short; in characters (code points). */
const MAX_SHOWN_CHARACTERS = 64;
/** The same where there is space. */
const MAX_READ_CHARACTERS = 512;
/** Characters kept at each end of a cut word: few, so that the fingerprint between them stays visible. */
const END_CHARACTERS = 10;

/**
 * Characters that are escaped: control, format, unassigned, blank and other invisible characters; blanks at the ends or
 * side by side; the backslash, which begins an escape; and combining marks without a base letter of the word.
 */
const HIDDEN =
  /(?:(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]|\\|^ +| +$| {2,})\p{M}*|^\p{M}+/gu;
/** For a word with a shorter spelling that looks the same: also every character that has several spellings. */
const HIDDEN_OR_COMPOSED = new RegExp(`${HIDDEN.source}|[^\\x00-\\x7f]`, "gu");

/** The parts of a word in order, short enough for any layout. */
export function visibleParts(word: string, maxCharacters: number = MAX_SHOWN_CHARACTERS): WordPart[] {
  // A word has no more code points than units, so most words need no count.
  const characters = word.length > maxCharacters ? [...word] : [];
  if (characters.length <= maxCharacters) return escapeParts(word);
  const head = characters.slice(0, END_CHARACTERS).join("");
  const tail = characters.slice(-END_CHARACTERS).join("");
  const cut = `…#${fingerprint(word)}, ${characters.length} characters…`;
  return [...escapeParts(head), { text: cut, isMark: true }, ...escapeParts(tail)];
}

/** The word as plain text, with more characters. */
export function visibleText(word: string): string {
  return visibleParts(word, MAX_READ_CHARACTERS).map(({ text }) => text).join("");
}

function escapeParts(text: string): WordPart[] {
  const hidden = text.normalize("NFC") === text ? HIDDEN : HIDDEN_OR_COMPOSED;
  const parts: WordPart[] = [];
  let end = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index), isMark: false });
    parts.push({ text: [...match[0]].map(escape).join(""), isMark: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isMark: false });
  return parts;
}

function escape(character: string): string {
  return character === "\\" ? "\\\\" : escapeCharacter(character);
}
