// Renders the state of a daemon as the lines of a screen. It is pure: full_screen.ts writes them.

import { escapeUnseen } from "../text/escape.ts";
import { formatLocalTime } from "../text/local_time.ts";
import { cellWidth, fit } from "./cell_width.ts";
import type { ShownStatus, ShownWindow } from "./shown_window.ts";
import { grouped, type Line, span, type Style } from "./span.ts";
import type { TerminalSize } from "./terminal.ts";
import type { Condition, TopState } from "./top_state.ts";
import { tableHead, type TableHeads, tableLines, type TableRow } from "./word_rows.ts";

/** The words that are shown: the most frequent ones, those that rise, or those that are new. */
export type ShownWords = "top" | "rising" | "new";

export interface ScreenOptions {
  readonly words: ShownWords;
  readonly size: TerminalSize;
  /** The daemon's address, without a login. */
  readonly address: string;
  readonly nowMs: number;
}

/** The lines above the words, and the line below. */
const HEAD_LINES = 5;
const FOOT_LINES = 1;
/** The line of the words that are not shown. */
const REST_LINES = 1;

const HEADS: Readonly<Record<ShownWords, TableHeads>> = {
  top: { share: "share", change: "change" },
  rising: { share: "usual", change: "factor" },
  new: { share: "share", change: "" },
};

/** The whole screen, with a line for each row. Lines that are too long are cut. */
export function renderScreen(state: TopState, { words, size, address, nowMs }: ScreenOptions): Line[] {
  const { window, status } = state;
  const lines = [
    titleLine(status?.name, address, size),
    conditionLine(state.condition(nowMs)),
    window === undefined ? [] : windowLine(window),
    status === undefined ? [] : rateLine(status),
    size.rows > HEAD_LINES + FOOT_LINES ? tableHead(size, HEADS[words]) : [],
    ...wordLines(state, size, words),
  ];
  const body = lines.slice(0, Math.max(0, size.rows - FOOT_LINES));
  while (body.length < size.rows - FOOT_LINES) body.push([]);
  const all = size.rows > 0 ? [...body, [span(1, "q quits", "faint")]] : [];
  return all.map((line) => cut(line, size.columns));
}

/** One line for a window, with tabs between its fields. */
export function formatWindowLine(
  { endMs, records, words, distinct, top, rising = [], newWords = [] }: ShownWindow,
  shown: ShownWords,
): string {
  const counted = shown === "new" ? newWords : top;
  const fields = shown !== "rising"
    ? counted.map(([word, count]) => `${escapeUnseen(word)} ${count}`)
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

function wordLines(state: TopState, size: TerminalSize, words: ShownWords): Line[] {
  if (words === "top") return topLines(state, size);
  if (state.window === undefined) return [];
  return words === "rising" ? risingLines(state.window, size) : newLines(state.window, size);
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

function risingLines({ rising }: ShownWindow, size: TerminalSize): Line[] {
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

function newLines({ newWords, words }: ShownWindow, size: TerminalSize): Line[] {
  if (newWords === undefined) {
    return [[span(1, "this daemon does not look for new words: new_words is off", "waiting")]];
  }
  if (newWords.length === 0) return [[span(1, "no word is new", "faint")]];
  const largest = Math.max(...newWords.map(([, count]) => count));
  const shown = newWords.slice(0, Math.max(0, size.rows - HEAD_LINES - FOOT_LINES));
  const rows = shown.map(([word, count], index): TableRow => ({
    rank: String(index + 1),
    word,
    wordStyle: "plain",
    bar: count / largest,
    count,
    share: formatShare(count / words),
    change: "",
    changeStyle: "faint",
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
