// Reads records by rules, alone and by the oracle, in one form that can be compared.

import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import type { RecordTexts } from "../../lib/extraction/record_texts.ts";
import type { SchemaSource } from "../../lib/formats/schema/value_schema.ts";
import { encodeHeaders } from "../../lib/records/record_headers.ts";
import { Records } from "../../lib/records/records.ts";
import type { PlacedWords } from "../../lib/words/last_places.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { SplitRule } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { naiveReading, type NaiveRecord } from "../oracle/naive_reading.ts";

/** The result of reading some records. */
export interface Reading {
  readonly timesMs: readonly (number | undefined)[];
  readonly skipped: readonly (readonly [index: number, reason: string])[];
  readonly filtered: number;
  readonly counted: number;
  readonly firstCounted: number;
  /** The sum of their weights. */
  readonly words: number;
  readonly counts: Readonly<Record<string, number>>;
  /** By word: the index of the last record with it. */
  readonly newest: Readonly<Record<string, number>>;
}

export function recordsOf(list: readonly NaiveRecord[], texts: RecordTexts): Records {
  const parts: Uint8Array[] = [];
  let end = 3;
  const append = (bytes: Uint8Array | null): [number, number] => {
    if (bytes === null) return [-1, -1];
    parts.push(bytes);
    end += bytes.length;
    return [end - bytes.length, end];
  };
  const places = list.map(({ key, value, headers }) => {
    const [keyPlace, valuePlace] = [append(key), append(value)];
    return { keyPlace, valuePlace, headerPlace: append(encodeHeaders(headers)) };
  });
  const bytes = new Uint8Array(end + 3);
  let at = 3;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const records = new Records();
  records.keepsHeaders = texts.needsHeaders;
  if (texts.findsTimes) records.useOwnTimes();
  records.reset(bytes);
  places.forEach(({ keyPlace, valuePlace, headerPlace }, i) => {
    records.push(i, 1_000 + i, ...keyPlace, ...valuePlace);
    if (texts.needsHeaders) records.setHeaders(i, ...headerPlace);
  });
  return records;
}

const COMMAS: SplitRule = { kind: "separator", separator: "," };

/** Reads the records in runs of these lengths. */
export function read(
  list: readonly NaiveRecord[],
  rules: ReadingRules,
  runs: readonly number[],
  schemas?: SchemaSource,
): Reading {
  const texts = makeRecordTexts(rules, schemas);
  const table = new WordTable();
  const wordRules = { trim: true, lowercase: false, minLength: 1, maxLength: 65_536, stopWords: [] };
  const split = rules.from.kind === "fields" ? { kind: "whole" } as const : COMMAS;
  const tokenizer = new Tokenizer({ ...wordRules, split }, table);
  const records = recordsOf(list, texts);
  const timesMs: (number | undefined)[] = [];
  const skipped: [number, string][] = [];
  const counts = new Map<string, number>();
  const newest = new Map<string, number>();
  let [filtered, counted, firstCounted, words] = [0, 0, -1, 0];
  const noted = {
    note: ({ ids, idCount, textIndexes, offsets }: PlacedWords) => {
      for (let i = 0; i < idCount; i++) noteLast(newest, table.text(ids[i]), offsets[textIndexes[i]]);
    },
  };
  const add = (ids: Int32Array, idCount: number, weights?: Float64Array) => {
    for (let i = 0; i < idCount; i++) {
      const word = table.text(ids[i]);
      counts.set(word, (counts.get(word) ?? 0) + (weights?.[i] ?? 1));
    }
  };
  const sink = {
    add: (ids: Int32Array, idCount: number) => add(ids, idCount),
    addWeighted: ({ ids, idCount, weights }: { ids: Int32Array; idCount: number; weights: Float64Array }) =>
      add(ids, idCount, weights),
  };
  let from = 0;
  for (let n = 0; from < list.length; n++) {
    const to = Math.min(list.length, from + runs[n % runs.length]);
    if (texts.findsTimes) texts.findTimes(records, from, to);
    for (let i = from; i < to; i++) {
      const timeMs = texts.findsTimes ? records.timesMs[i] : undefined;
      timesMs.push(Number.isNaN(timeMs) ? undefined : timeMs);
    }
    // With times, the records of a block are read in two runs.
    const middle = texts.findsTimes ? from + Math.ceil((to - from) / 2) : to;
    for (const [begin, end] of [[from, middle], [middle, to]]) {
      if (begin === end) continue;
      if (texts.read(records, begin, end) < end - begin) throw new Error("a run was cut");
      if (texts.match(tokenizer) < end - begin) throw new Error("a run was cut");
      for (const { index, reason } of texts.skipped) skipped.push([index, reason]);
      filtered += texts.filtered;
      counted += texts.counted;
      if (firstCounted < 0 && texts.counted > 0) firstCounted = texts.firstCounted;
      words += texts.addWords(tokenizer, sink, noted);
    }
    from = to;
  }
  const byWord = { counts: sorted(counts), newest: sorted(newest) };
  return { timesMs, skipped, filtered, counted, firstCounted, words, ...byWord };
}

export function readNaively(list: readonly NaiveRecord[], rules: ReadingRules): Reading {
  const readings = list.map((record) => naiveReading(record, rules));
  const counts = new Map<string, number>();
  const newest = new Map<string, number>();
  let words = 0;
  for (const [index, reading] of readings.entries()) {
    if (reading.kind !== "counted") continue;
    for (const text of reading.texts) {
      const pieces = rules.from.kind === "fields" ? [text] : text.split(",");
      for (const word of pieces.map((piece) => piece.trim()).filter((word) => word !== "")) {
        words += reading.weight;
        noteLast(newest, word, index);
        counts.set(word, (counts.get(word) ?? 0) + reading.weight);
      }
    }
  }
  return {
    timesMs: readings.map(({ timeMs }) => timeMs),
    skipped: readings.flatMap((one, i) => one.kind === "skipped" ? [[i, one.reason] as const] : []),
    filtered: readings.filter(({ kind }) => kind === "filtered").length,
    counted: readings.filter(({ kind }) => kind === "counted").length,
    firstCounted: readings.findIndex(({ kind }) => kind === "counted"),
    words,
    counts: sorted(counts),
    newest: sorted(newest),
  };
}

function noteLast(newest: Map<string, number>, word: string, index: number): void {
  newest.set(word, Math.max(index, newest.get(word) ?? 0));
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(
    [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([word, n]) => [`=${word}`, n]),
  );
}
