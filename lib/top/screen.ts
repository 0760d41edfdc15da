// Renders the state of a daemon as the lines of a screen. It is pure: full_screen.ts writes them.

import { escapeUnseen } from "../text/escape.ts";
import { fingerprint } from "../text/fingerprint.ts";
import { formatLocalTime } from "../text/local_time.ts";
import { cellWidth, fit } from "./cell_width.ts";
import type { ShownStatus, ShownWindow } from "./shown_window.ts";
import type { TerminalSize } from "./terminal.ts";
import type { Condition, TopState } from "./top_state.ts";

export type Style = "plain" | "strong" | "faint" | "good" | "waiting" | "bad" | "bar";

/** A part of a line at a column of its own: terminals disagree on the widths of the parts before it. */
export interface Span {
  /** The first column is 0. */
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** The words that are shown: the most frequent ones, or those that rise. */
export type ShownWords = "top" | "rising";

export interface ScreenOptions {
  readonly words: ShownWords;
  readonly size: TerminalSize;
  /** The daemon's address, without a login. */
  readonly address: string;
  readonly nowMs: number;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/** The lines above the words, and the line below. */
const HEAD_LINES = 5;
const FOOT_LINES = 1;
/** The line of the words that are not shown. */
const REST_LINES = 1;
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

/** The whole screen, with a line for each row. Lines that are too long are cut. */
export function renderScreen(state: TopState, { words, size, address, nowMs }: ScreenOptions): Line[] {
  const { window, status } = state;
  const lines = [
    titleLine(status?.name, address, size),
    conditionLine(state.condition(nowMs)),
    window === undefined ? [] : windowLine(window),
    status === undefined ? [] : rateLine(status),
    size.rows > HEAD_LINES + FOOT_LINES ? tableHead(size, words) : [],
    ...(words === "top" ? topLines(state, size) : risingLines(window, size)),
  ];
  const body = lines.slice(0, Math.max(0, size.rows - FOOT_LINES));
  while (body.length < size.rows - FOOT_LINES) body.push([]);
  const all = size.rows > 0 ? [...body, [span(1, "q quits", "faint")]] : [];
  return all.map((line) => cut(line, size.columns));
}

/** One line for a window, with tabs between its fields. */
export function formatWindowLine(
  { endMs, records, words, distinct, top, rising = [] }: ShownWindow,
  shown: ShownWords,
): string {
  const fields = shown === "top"
    ? top.map(([word, count]) => `${escapeUnseen(word)} ${count}`)
    : rising.map(({ word, count, expected, factor }) => {
      return `${escapeUnseen(word)} ${count} usual ${expected} factor ${factor}`;
    });
  return [
    formatLocalTime(endMs),
    `${records} records`,
    `${words} words`,
    `${distinct} distinct`,
    ...fields,
  ].join("\t");
}

function span(column: number, text: string, style: Style = "plain"): Span {
  return { column, text, style };
}

function titleLine(name: string | undefined, address: string, { columns }: TerminalSize): Line {
  const title = `rtcount${name === undefined ? "" : ` ${escapeUnseen(name)}`}`;
  const where = escapeUnseen(address);
  const column = columns - cellWidth(where) - 1;
  const hasRoom = column > cellWidth(title) + 2;
  return [span(1, title, "strong"), ...(hasRoom ? [span(column, where, "faint")] : [])];
}

function conditionLine(condition: Condition): Line {
  return [span(1, escapeUnseen(condition.text), condition.kind)];
}

function windowLine({ startMs, endMs, records, words, distinct, error }: ShownWindow): Line {
  const exactness = error === 0 ? "exact" : `up to ${grouped(error)} too high`;
  const text = [
    `${formatSeconds((endMs - startMs) / 1000)} to ${formatLocalTime(endMs).slice(-8)}`,
    `${grouped(records)} records`,
    `${grouped(words)} words`,
    `${grouped(distinct)} distinct`,
    exactness,
  ].join("  ");
  return [span(1, text, "plain")];
}

function rateLine(status: ShownStatus): Line {
  const { recordsPerSecond = 0, limit = Infinity, lag, partitions, group, watermarkMs, nowMs } = status;
  const taken = grouped(Math.round(recordsPerSecond));
  const parts = [
    Number.isFinite(limit) ? `in ${taken} of ${grouped(Math.round(limit))}/s` : `in ${taken}/s, no limit`,
  ];
  const read = group === undefined
    ? countOf(partitions, "partition")
    : `${partitions} of ${countOf(group.partitions, "partition")}, ${countOf(group.members, "member")}`;
  parts.push(`lag ${grouped(lag)} in ${read}`);
  if (watermarkMs !== undefined && nowMs !== undefined) {
    parts.push(`watermark ${formatSeconds(Math.max(0, nowMs - watermarkMs) / 1000)} behind`);
  }
  if (status.late > 0) parts.push(`late ${grouped(status.late)}`);
  if (status.skipped > 0) parts.push(`skipped ${grouped(status.skipped)}`);
  return [span(1, parts.join("  "))];
}

function countOf(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

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

const HEADS: Readonly<Record<ShownWords, { readonly share: string; readonly change: string }>> = {
  top: { share: "share", change: "change" },
  rising: { share: "usual", change: "factor" },
};

function tableHead({ columns }: TerminalSize, words: ShownWords): Line {
  const { word, countEnd, shareEnd, changeEnd } = layOut(columns);
  const { share, change } = HEADS[words];
  return [
    span(RANK_COLUMNS - 1, "#", "faint"),
    span(word, "word", "faint"),
    endingAt(countEnd, "count", "faint"),
    ...(shareEnd === undefined ? [] : [endingAt(shareEnd, share, "faint")]),
    endingAt(changeEnd, change, "faint"),
  ];
}

interface TableRow {
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

function tableLines(rows: readonly TableRow[], { columns }: TerminalSize): Line[] {
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

function topLines(state: TopState, size: TerminalSize): Line[] {
  const { top: all = [], words = 0 } = state.window ?? {};
  const top = all.slice(0, Math.max(0, size.rows - HEAD_LINES - FOOT_LINES - REST_LINES));
  const largest = Math.max(0, ...top.map(([, count]) => count));
  const rows = top.map(([word, count], index): TableRow => {
    const change = state.changeOf(word, count);
    return {
      rank: String(index + 1),
      word,
      wordStyle: "plain",
      bar: count / largest,
      count,
      share: formatShare(count / words),
      change: formatChange(change),
      changeStyle: styleOfChange(change),
    };
  });
  if (words === 0 || size.rows <= HEAD_LINES + FOOT_LINES) return tableLines(rows, size);
  // Counts that are too high can exceed all words together.
  const rest = Math.max(0, top.reduce((left, [, count]) => left - count, words));
  const restRow: TableRow = {
    rank: "",
    word: "everything else",
    wordStyle: "faint",
    bar: 0,
    count: rest,
    share: formatShare(rest / words),
    change: "",
    changeStyle: "faint",
  };
  return tableLines([...rows, restRow], size);
}

function risingLines(window: ShownWindow | undefined, size: TerminalSize): Line[] {
  if (window === undefined) return [];
  const { rising } = window;
  if (rising === undefined) {
    return [[span(1, "this daemon does not compare counts: rising is off", "waiting")]];
  }
  if (rising.length === 0) return [[span(1, "no word comes far more often than usual", "faint")]];
  const shown = rising.slice(0, Math.max(0, size.rows - HEAD_LINES - FOOT_LINES));
  const largest = Math.max(...rising.map(({ factor }) => factor));
  const rows = shown.map(({ word, count, expected, factor }, index): TableRow => ({
    rank: String(index + 1),
    word,
    wordStyle: "plain",
    bar: factor / largest,
    count,
    share: formatUsual(expected),
    change: `x ${factor.toFixed(1)}`,
    changeStyle: "good",
  }));
  return tableLines(rows, size);
}

/** One decimal for small counts. */
function formatUsual(expected: number): string {
  return expected < 10 ? expected.toFixed(1) : grouped(Math.round(expected));
}

/** `12.3 %`; empty for what is no share. */
function formatShare(share: number): string {
  if (!(share >= 0 && share <= 1)) return "";
  return share > 0 && share < 0.0005 ? "<0.1 %" : `${(share * 100).toFixed(1)} %`;
}

/** A fingerprint after the ellipsis tells long words apart that begin alike. */
function fitWord(word: string, columns: number): string {
  const text = escapeUnseen(word);
  const fitting = fit(text, columns);
  if (fitting === text || columns < MIN_FINGERPRINT_COLUMNS) return fitting;
  const mark = `#${fingerprint(word)}`;
  return fit(text, columns - mark.length) + mark;
}

function endingAt(end: number, text: string, style: Style): Span {
  return span(Math.max(0, end - text.length), text, style);
}

function formatChange(change: number | "new" | undefined): string {
  if (change === undefined || change === "new") return change ?? "";
  if (change === 0) return "=";
  return change > 0 ? `+${grouped(change)}` : `-${grouped(-change)}`;
}

function styleOfChange(change: number | "new" | undefined): Style {
  if (change === "new") return "waiting";
  if (change === undefined || change === 0) return "faint";
  return change > 0 ? "good" : "bad";
}

/** A bar over this share of the columns, 0 to 1; empty for any other number. */
function bar(share: number, columns: number): string {
  const eighths = share >= 0 && share <= 1 ? Math.round(share * columns * 8) : 0;
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Thousands are separated by a space: `12 345`. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

function formatSeconds(seconds: number): string {
  return seconds < 10 && !Number.isInteger(seconds)
    ? `${seconds.toFixed(1)} s`
    : `${grouped(Math.round(seconds))} s`;
}

/** Cuts the line at the last column. */
function cut(line: Line, columns: number): Line {
  return line
    .filter(({ column, text }) => column < columns && text !== "")
    .map(({ column, text, style }) => ({ column, text: fit(text, columns - column), style }));
}
