// Measures finding a field in records of a format with a schema, against a decoder that makes an object of each record.

import { FoundValues } from "../lib/formats/found_values.ts";
import type { ValueSchema } from "../lib/formats/schema/value_schema.ts";
import { median } from "../tests/oracle/median.ts";
import type { BenchRow } from "./bench_row.ts";
import { processorNs } from "./processor_time.ts";

const ROUNDS = 15;
/** On a busy machine the engine takes longer until it has optimized the code. */
const WARM_UP_ROUNDS = 10;
const RECORDS = 4_000;
const RECORDS_PER_RUN = 256;

export interface FieldOptions {
  /** The name of the format, and of the other decoder. */
  readonly format: string;
  readonly peer: string;
  /** The least ratio of their times. */
  readonly wanted: number;
  /** Finds one text. */
  readonly schema: ValueSchema;
  /** The record with this number. */
  readonly encode: (i: number) => Uint8Array;
  /** Decodes a record; returns the bytes of the text. */
  readonly decode: (bytes: Uint8Array) => number;
}

export function measureFields({ format, peer, wanted, schema, encode, decode }: FieldOptions): BenchRow {
  const records = Array.from({ length: RECORDS }, (_, i) => encode(i));
  const ends: number[] = [];
  for (const record of records) ends.push((ends.at(-1) ?? 0) + record.length);
  const bytes = new Uint8Array(ends[RECORDS - 1]);
  records.forEach((record, i) => bytes.set(record, ends[i] - record.length));
  const found = new FoundValues(1);
  const ours = () => {
    let length = 0;
    for (let from = 0; from < RECORDS; from += RECORDS_PER_RUN) {
      const to = Math.min(RECORDS, from + RECORDS_PER_RUN);
      found.reset(bytes, to - from);
      for (let i = from; i < to; i++) {
        const place = {
          bytes,
          start: ends[i] - records[i].length,
          end: ends[i],
          indexesStart: -1,
          indexesEnd: -1,
        };
        schema.read(place, found, i - from);
      }
      for (let row = 0; row < to - from; row++) length += found.end(row, 0) - found.start(row, 0);
    }
    return length;
  };
  const theirs = () => records.reduce((sum, record) => sum + decode(record), 0);
  if (ours() !== theirs()) throw new Error("the two find different texts");
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    ourTimes.push(nsPerRecord(ours));
    theirTimes.push(nsPerRecord(theirs));
  }
  const [our, their] = [ourTimes, theirTimes].map((times) => median(times.slice(WARM_UP_ROUNDS)));
  return {
    name: `a field of ${Math.round(bytes.length / RECORDS)}-byte records of ${format} against ${peer}`,
    ratio: their / our,
    wanted,
    costNs: our,
    details: `${our.toFixed(0)} against ${their.toFixed(0)} ns a record`,
  };
}

function nsPerRecord(read: () => number): number {
  const start = processorNs();
  read();
  return (processorNs() - start) / RECORDS;
}
