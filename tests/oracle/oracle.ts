// The expected windows: every window counted from its records, with strings and Maps.

import { Buffer } from "node:buffer";
import type { Envelope } from "../machine/kafka/kcat.ts";

export interface OracleOptions {
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly top: number;
}

export interface OracleWindow {
  /** Exclusive, milliseconds since the epoch. */
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  readonly top: readonly (readonly [word: string, count: number])[];
}

interface SplitRecord {
  readonly ts: number;
  readonly words: readonly string[];
}

/** All windows that hold a record, in order. Words are split at commas and trimmed. */
export function recount(envelopes: readonly Envelope[], options: OracleOptions): OracleWindow[] {
  const { lengthMs, slideMs, top } = options;
  if (envelopes.length === 0) return [];
  // A record is in many windows, and is split once.
  const split = envelopes.map(({ ts, payload }) => ({ ts, words: wordsOf(payload) }));
  const panes = Map.groupBy(split, ({ ts }) => Math.floor(ts / slideMs) * slideMs);
  const paneStartsMs = [...panes.keys()].sort((a, b) => a - b);
  const firstEndMs = paneStartsMs[0] + slideMs;
  const lastEndMs = paneStartsMs[paneStartsMs.length - 1] + lengthMs;
  const windows: OracleWindow[] = [];
  for (let endMs = firstEndMs; endMs <= lastEndMs; endMs += slideMs) {
    const records: SplitRecord[] = [];
    for (let startMs = endMs - lengthMs; startMs < endMs; startMs += slideMs) {
      records.push(...panes.get(startMs) ?? []);
    }
    if (records.length > 0) windows.push({ endMs, records: records.length, ...countWords(records, top) });
  }
  return windows;
}

function wordsOf(payload: string | null): string[] {
  return (payload ?? "").split(",").map((text) => text.trim()).filter((text) => text !== "");
}

function countWords(records: readonly SplitRecord[], top: number): Omit<OracleWindow, "endMs" | "records"> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { words } of records) {
    for (const word of words) {
      total++;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const ordered = [...counts].sort(([wordA, a], [wordB, b]) =>
    b - a || Buffer.compare(Buffer.from(wordA), Buffer.from(wordB))
  );
  return { words: total, distinct: counts.size, top: ordered.slice(0, top) };
}

/** A window as the console prints it under `TZ=UTC`; for words that need no quoting. */
export function formatConsoleBlock({ endMs, top }: Pick<OracleWindow, "endMs" | "top">): string {
  const rule = "-".repeat(43);
  const time = new Date(endMs).toISOString().slice(0, 19).replace("T", " ");
  const tuples = top.map(([word, count]) => `('${word}', ${count})`);
  return [rule, `Time: ${time}`, rule, ...tuples, "", ""].join("\n");
}
