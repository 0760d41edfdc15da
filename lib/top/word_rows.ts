// The table of words on a screen: rank, word, bar, count, and two columns more where they have room.

import { escapeUnseen } from "../text/escape.ts";
import { fingerprint } from "../text/fingerprint.ts";
import { fit } from "./cell_width.ts";
import { endingAt, grouped, type Line, span, type Style } from "./span.ts";
import type { TerminalSize } from "./terminal.ts";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const RANK_COLUMNS = 5;
const COUNT_COLUMNS = 12;
const SHARE_COLUMNS = 9;
const CHANGE_COLUMNS = 11;
/** A narrower screen has no shares. */
const MIN_COLUMNS_WITH_SHARES = 60;
const MIN_WORD_COLUMNS = 4;
const MAX_WORD_COLUMNS = 40;
/** In fewer columns a word gets no fingerprint. */
const MIN_FINGERPRINT_COLUMNS = 16;

/** The columns of the table: rank, word, bar, count, share, change; for rising words the last are usual and factor. */
interface Columns {
  readonly word: number;
  readonly wordColumns: number;
  readonly bar: number;
  readonly barColumns: number;
  readonly countEnd: number;
  /** Undefined without a share. */
  readonly shareEnd: number | undefined;
  readonly changeEnd: number;
}

function layOut(columns: number): Columns {
  const shareColumns = columns >= MIN_COLUMNS_WITH_SHARES ? SHARE_COLUMNS : 0;
  const free = columns - 1 - RANK_COLUMNS - COUNT_COLUMNS - shareColumns - CHANGE_COLUMNS;
  const wordColumns = Math.max(MIN_WORD_COLUMNS, Math.min(MAX_WORD_COLUMNS, Math.floor(free / 2)));
  const word = RANK_COLUMNS + 1;
  const bar = word + wordColumns + 1;
  const countEnd = columns - 1 - CHANGE_COLUMNS - shareColumns;
  const barColumns = Math.max(0, countEnd - COUNT_COLUMNS - bar);
  const shareEnd = shareColumns > 0 ? countEnd + shareColumns : undefined;
  return { word, wordColumns, bar, barColumns, countEnd, shareEnd, changeEnd: columns - 1 };
}

/** The heads of the last two columns. */
export interface TableHeads {
  readonly share: string;
  readonly change: string;
}

export function tableHead({ columns }: TerminalSize, { share, change }: TableHeads): Line {
  const { word, countEnd, shareEnd, changeEnd } = layOut(columns);
  return [
    span(RANK_COLUMNS - 1, "#", "faint"),
    span(word, "word", "faint"),
    endingAt(countEnd, "count", "faint"),
    ...(shareEnd === undefined ? [] : [endingAt(shareEnd, share, "faint")]),
    endingAt(changeEnd, change, "faint"),
  ];
}

export interface TableRow {
  /** Empty for the row of the words that are not shown. */
  readonly rank: string;
  readonly word: string;
  readonly wordStyle: Style;
  /** Length of the bar, 0 to 1. */
  readonly bar: number;
  readonly count: number;
  readonly share: string;
  readonly change: string;
  readonly changeStyle: Style;
}

export function tableLines(rows: readonly TableRow[], { columns }: TerminalSize): Line[] {
  const { word, wordColumns, bar: barColumn, barColumns, countEnd, shareEnd, changeEnd } = layOut(columns);
  return rows.map((row) => [
    endingAt(RANK_COLUMNS, row.rank, "faint"),
    span(word, fitWord(row.word, wordColumns), row.wordStyle),
    span(barColumn, bar(row.bar, barColumns), "bar"),
    endingAt(countEnd, grouped(row.count), "strong"),
    ...(shareEnd === undefined ? [] : [endingAt(shareEnd, row.share, "faint")]),
    endingAt(changeEnd, row.change, row.changeStyle),
  ]);
}

/** A fingerprint after the ellipsis tells long words apart that begin alike. */
function fitWord(word: string, columns: number): string {
  const text = escapeUnseen(word);
  const fitting = fit(text, columns);
  if (fitting === text || columns < MIN_FINGERPRINT_COLUMNS) return fitting;
  const mark = `#${fingerprint(word)}`;
  return fit(text, columns - mark.length) + mark;
}

/** A bar over this share of the columns, 0 to 1; empty for any other number. */
function bar(share: number, columns: number): string {
  const eighths = share >= 0 && share <= 1 ? Math.round(share * columns * 8) : 0;
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
