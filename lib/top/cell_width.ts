// The width of a text in columns of a terminal. Terminals disagree on some texts (flags, skin tones). So the screen uses
// widths only to make a text fit, and states the column of each part of a line.

import stringWidth from "string-width";

/** A longer text is not measured as a whole: a word has up to 64 KiB. */
const MAX_MEASURED_LENGTH = 1_000;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The columns that a text takes. Escape sequences count as text: what is drawn has them escaped. */
export function cellWidth(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true });
}

/** The text if it fits into the columns, else the longest beginning that fits with an ellipsis after it. */
export function fit(text: string, columns: number): string {
  if (columns < 1) return "";
  if (text.length <= MAX_MEASURED_LENGTH && cellWidth(text) <= columns) return text;
  let width = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += cellWidth(segment);
    if (width > columns) return `${text.slice(0, end)}…`;
    if (width < columns) end = index + segment.length;
  }
  return text;
}
