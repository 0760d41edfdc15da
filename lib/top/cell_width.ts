// How many columns of a terminal a text takes. Terminals do not agree on all of it (flags, skin tones); so this is for
// making things fit, and whoever draws says for each part of a line in which column it begins.

/** Two columns: what Unicode's EastAsianWidth.txt calls wide or full-width, and what is drawn as a picture. */
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;
/** No column of its own: marks, formats, and the vowels and finals of a Hangul syllable that is written in parts. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]/u;
/** Asks for the picture of a character that is text by default. */
const PICTURE = "\ufe0f";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns that the text takes. */
export function cellWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, or as much of its beginning as fits with an ellipsis behind it, in exactly so many columns or fewer. */
export function fit(text: string, columns: number): string {
  if (columns < 1) return "";
  let width = 0;
  let end = 0;
  // What lies beyond is not looked at: words are up to 64 KiB long.
  for (const { segment, index } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns) return `${text.slice(0, end)}…`;
    if (width < columns) end = index + segment.length;
  }
  return text;
}

function graphemeWidth(grapheme: string): number {
  let width = 0;
  for (const character of grapheme) {
    if (NONE.test(character)) continue;
    // A second picture in one grapheme (a skin tone, the other half of a flag) alters the first.
    if (width > 0 && WIDE.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return grapheme.includes(PICTURE) ? 2 : width;
}
