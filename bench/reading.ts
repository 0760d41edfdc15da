// Measures the keys that say what counts: each against words from one field alone, on service logs of 1 KB, alternately.
// A record is found in its batch, read, split and counted; nothing is fetched.

import { makeRecordTexts } from "../lib/extraction/make_record_texts.ts";
import type { ReadingRules } from "../lib/extraction/reading_rules.ts";
import { Records } from "../lib/records/records.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import { Tokenizer } from "../lib/words/tokenizer.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { processorNs } from "./processor_time.ts";
import { serviceLog } from "./service_log.ts";

const ROUNDS = 31;
const RECORDS = 8_000;
const RECORDS_PER_RUN = 256;

const FIELD: ReadingRules = {
  format: "json",
  where: [],
  from: { kind: "field", path: "$.message" },
  keyFormat: "text",
  replace: [],
  maxRecordBytes: 1 << 20,
};

interface Variant {
  readonly name: string;
  readonly rules: ReadingRules;
  /** The most CPU time, as a multiple of that of one field alone. */
  readonly most: number;
}

const ON_STATUS = {
  subject: { kind: "field", path: "$.status" },
  test: { kind: "range", min: 200, max: Infinity },
} as const;

const VARIANTS: readonly Variant[] = [
  { name: "one condition on a number", rules: { ...FIELD, where: [ON_STATUS] }, most: 1.1 },
  {
    name: "four paths: field, condition, timestamp, weight",
    rules: {
      ...FIELD,
      where: [ON_STATUS],
      timestamp: { path: "$.timestamp", format: "rfc3339" },
      weight: "$.request.bytes",
    },
    most: 1.3,
  },
  {
    name: "replace of runs of digits",
    rules: { ...FIELD, replace: [{ pattern: "\\d+", with: "<N>" }] },
    most: 1.5,
  },
  { name: "weight", rules: { ...FIELD, weight: "$.request.bytes" }, most: 1.15 },
];

/** Takes about 10 s. */
export function measureReading(): BenchRow[] {
  const records = makeRecords();
  const base = counter(FIELD);
  const others = VARIANTS.map(({ rules }) => counter(rules));
  const ratios = VARIANTS.map((): number[] => []);
  const times: number[] = [];
  for (const count of [base, ...others]) count(records);
  for (let round = 0; round < ROUNDS; round++) {
    others.forEach((count, i) => {
      // Each goes first in half of the rounds.
      const first = round % 2 === 0 ? nsPerRecord(base, records) : undefined;
      const theirs = nsPerRecord(count, records);
      const ours = first ?? nsPerRecord(base, records);
      times.push(ours);
      ratios[i].push(theirs / ours);
    });
  }
  const baseNs = median(times);
  return VARIANTS.map(({ name, most }, i) => {
    const cost = median(ratios[i]);
    return {
      name: `words of a field in 1 KB of JSON without and with ${name}`,
      ratio: 1 / cost,
      wanted: 1 / most,
      costNs: baseNs * cost,
      details: `${cost.toFixed(2)} times the ${baseNs.toFixed(0)} ns a record, at most ${most}`,
    };
  });
}

function nsPerRecord(count: (records: Records) => void, records: Records): number {
  const beforeNs = processorNs();
  count(records);
  return (processorNs() - beforeNs) / RECORDS;
}

function counter(rules: ReadingRules): (records: Records) => void {
  const texts = makeRecordTexts(rules);
  const words = new WordTable();
  const isWeighted = rules.weight !== undefined;
  const split = { kind: "separator", separator: "," } as const;
  const wordRules = { split, trim: true, lowercase: false, minLength: 1, maxLength: 256, stopWords: [] };
  const tokenizer = new Tokenizer(wordRules, words);
  const window = new SlidingWindow({ lengthMs: 60_000, slideMs: 2_000, top: 20, words, isWeighted });
  return (records) => {
    for (let from = 0; from < RECORDS; from += RECORDS_PER_RUN) {
      const to = Math.min(RECORDS, from + RECORDS_PER_RUN);
      if (texts.findsTimes) texts.findTimes(records, from, to);
      window.select(1);
      texts.read(records, from, to);
      texts.match(tokenizer);
      texts.addWords(tokenizer, window);
    }
  };
}

function makeRecords(): Records {
  const encoder = new TextEncoder();
  const values = Array.from({ length: RECORDS }, (_, i) => encoder.encode(JSON.stringify(serviceLog(i))));
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0));
  const records = new Records();
  records.useOwnTimes();
  records.reset(bytes);
  let at = 0;
  values.forEach((value, i) => {
    bytes.set(value, at);
    records.push(i, 1, -1, -1, at, at + value.length);
    at += value.length;
  });
  return records;
}

if (import.meta.main) { for (const row of measureReading()) console.log(formatBenchRow(row)); }
