// Measures finding the text in records of JSON: the scanner against JSON.parse, alternately.

import { systemClock } from "../lib/async/clock.ts";
import { FoundValues } from "../lib/formats/found_values.ts";
import { JsonValues } from "../lib/formats/json/json_values.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { serviceLog } from "./service_log.ts";

const WANTED_RATIO = 3;
const ROUNDS = 15;
const RECORDS = 4_000;
const RECORDS_PER_RUN = 256;

interface Batch {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Measures records of 1 KB with the text in the middle; takes about 1 s. */
export function measureJson(): BenchRow {
  const batch = makeBatch();
  const ours = skimmer();
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  if (ours(batch) !== parse(batch)) throw new Error("the two find different texts");
  for (let round = 0; round < ROUNDS; round++) {
    ourTimes.push(nsPerRecord(ours, batch));
    theirTimes.push(nsPerRecord(parse, batch));
  }
  const our = median(ourTimes);
  const their = median(theirTimes);
  const bytes = Math.round(batch.bytes.length / RECORDS);
  return {
    name: `a member of ${bytes}-byte records of JSON against JSON.parse`,
    ratio: their / our,
    wanted: WANTED_RATIO,
    costNs: our,
    details: `${our.toFixed(0)} against ${their.toFixed(0)} ns a record`,
  };
}

function nsPerRecord(read: (batch: Batch) => number, batch: Batch): number {
  const start = systemClock.monotonicMs();
  read(batch);
  return (systemClock.monotonicMs() - start) * 1e6 / RECORDS;
}

/** Returns the number of bytes of text found. */
function skimmer(): (batch: Batch) => number {
  const values = new JsonValues([{ path: "$.message", elements: true }]);
  const found = new FoundValues(1);
  return ({ bytes, starts, ends }) => {
    let length = 0;
    for (let from = 0; from < RECORDS; from += RECORDS_PER_RUN) {
      const to = Math.min(RECORDS, from + RECORDS_PER_RUN);
      found.reset(bytes, to - from);
      values.begin(bytes, ends[to - 1]);
      for (let i = from; i < to; i++) values.read(starts[i], ends[i], found, i - from);
      for (let row = 0; row < to - from; row++) length += found.end(row, 0) - found.start(row, 0);
    }
    return length;
  };
}

function parse({ bytes, starts, ends }: Batch): number {
  const decoder = new TextDecoder();
  let found = 0;
  for (let i = 0; i < RECORDS; i++) {
    found += JSON.parse(decoder.decode(bytes.subarray(starts[i], ends[i]))).message.length;
  }
  return found;
}

function makeBatch(): Batch {
  const encoder = new TextEncoder();
  const records = Array.from({ length: RECORDS }, (_, i) => encoder.encode(JSON.stringify(serviceLog(i))));
  const ends: number[] = [];
  for (const record of records) ends.push((ends.at(-1) ?? 0) + record.length);
  const starts = records.map((record, i) => ends[i] - record.length);
  const bytes = new Uint8Array(ends[RECORDS - 1]);
  records.forEach((record, i) => bytes.set(record, starts[i]));
  return { bytes, starts, ends };
}

if (import.meta.main) console.log(formatBenchRow(measureJson()));
