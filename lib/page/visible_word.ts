// Words are data from strangers. What cannot be seen in them, or bends what stands around it, is shown as an escape, so
// that two different words never look the same for it; letters that merely resemble each other stay as they are.

import { escapeCharacter } from "../text/escape.ts";
import { fingerprint } from "../text/fingerprint.ts";

/** A part of a word as it is shown: as it stands, or as a mark for what cannot be. */
export interface WordPart {
  readonly text: string;
  readonly isMark: boolean;
}

/** A longer word is cut in the middle, where there is no more room; in characters (code points). */
const MAX_SHOWN_CHARACTERS = 64;
/** The same where there is. */
const MAX_READ_CHARACTERS = 512;
/** What is left of a word that is cut: little, so that what tells it apart is in sight. */
const END_CHARACTERS = 10;

/**
 * Control, formatting, unassigned, blank and otherwise invisible characters; blanks where they cannot be seen; the
 * backslash, which begins an escape; and accents that would stand on none of the word's own letters.
 */
const HIDDEN =
  /(?:(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]|\\|^ +| +$| {2,})\p{M}*|^\p{M}+/gu;
/** In a word that has a shorter spelling which looks the same, also all that could be spelled differently. */
const HIDDEN_OR_COMPOSED = new RegExp(`${HIDDEN.source}|[^\\x00-\\x7f]`, "gu");

/** The parts of a word in order; few enough for any layout. */
export function visibleParts(word: string, maxCharacters: number = MAX_SHOWN_CHARACTERS): WordPart[] {
  // Code points are at most as many as units: most words need no count.
  const characters = word.length > maxCharacters ? [...word] : [];
  if (characters.length <= maxCharacters) return escapeParts(word);
  const head = characters.slice(0, END_CHARACTERS).join("");
  const tail = characters.slice(-END_CHARACTERS).join("");
  const cut = `…#${fingerprint(word)}, ${characters.length} characters…`;
  return [...escapeParts(head), { text: cut, isMark: true }, ...escapeParts(tail)];
}

/** The same in plain text, at length. */
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
