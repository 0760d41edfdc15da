// A screen consists of lines, and a line of spans, each at a column of its own.

export type Style = "plain" | "strong" | "faint" | "good" | "waiting" | "bad" | "bar";

/** A part of a line at a column of its own: terminals disagree on the widths of the parts before it. */
export interface Span {
  /** The first column is 0. */
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** A span that begins at the column. */
export function span(column: number, text: string, style: Style = "plain"): Span {
  return { column, text, style };
}

/** A span that ends before the column. */
export function endingAt(end: number, text: string, style: Style): Span {
  return span(Math.max(0, end - text.length), text, style);
}

/** Thousands are separated by a space: `12 345`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}
