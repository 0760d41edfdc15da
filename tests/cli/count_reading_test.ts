// `rtcount count --format kcat` with each combination of the keys that say what counts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { runCount } from "../../lib/cli/count.ts";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import { anyRecord, anyRules } from "../extraction/any_reading.ts";
import { readNaively } from "../extraction/reading.ts";
import { readingRules } from "../fakes/reading_rules.ts";
import { naiveReading, type NaiveRecord } from "../oracle/naive_reading.ts";

const PANE_MS = 60_000;
const START_MS = 1_763_805_540_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

interface Dated {
  readonly record: NaiveRecord;
  readonly timestampMs: number;
}

/** The counts of each window, by its beginning, and the number of skipped records, by reason. */
interface Counted {
  readonly windows: ReadonlyMap<number, unknown>;
  readonly skipped: ReadonlyMap<string, number>;
}

/** A line of kcat -J: its strings have the bytes of the record, of which only some are escaped. */
function envelope({ record: { key, value, headers }, timestampMs }: Dated, offset: number): Uint8Array {
  const head = JSON.stringify({ topic: "t", partition: 0, offset, ts: timestampMs, headers: headers.flat() });
  return Buffer.concat([
    Buffer.from(`${head.slice(0, -1)},"key":`),
    jsonString(key),
    Buffer.from(',"payload":'),
    jsonString(value),
    Buffer.from("}\n"),
  ]);
}

function jsonString(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null) return Buffer.from("null");
  const escaped = [...bytes].flatMap((byte) => {
    if (byte === QUOTE || byte === BACKSLASH) return [BACKSLASH, byte];
    return byte >= SPACE ? [byte] : [...Buffer.from(`\\u${byte.toString(16).padStart(4, "0")}`)];
  });
  return Uint8Array.of(QUOTE, ...escaped, QUOTE);
}

async function countEnvelopes(records: readonly Dated[], reading: ReadingRules): Promise<Counted> {
  const split = reading.from.kind === "fields"
    ? { kind: "whole" } as const
    : { kind: "separator", separator: "," } as const;
  let output = "";
  let skipped = new Map<string, number>();
  await runCount({
    files: [],
    format: "kcat",
    output: "json",
    rules: { split, trim: true, lowercase: false, minLength: 1, maxLength: 65_536, stopWords: [] },
    window: { lengthMs: PANE_MS, slideMs: PANE_MS, maxWords: 1_000 },
    top: 1_000,
    reading,
    stdin: ReadableStream.from([Buffer.concat(records.map(envelope))]),
    stdout: (text) => output += text,
    log: {
      warn(message, fields) {
        assert.equal(message, "skipped records");
        skipped = new Map(Object.entries(fields as Record<string, number>));
      },
    },
  });
  const windows = output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return {
    windows: new Map(windows.map(({ window_start, records, words, top }) => {
      return [window_start, { records, words, counts: new Map(top) }];
    })),
    skipped,
  };
}

function countNaively(records: readonly Dated[], reading: ReadingRules): Counted {
  const skipped = new Map<string, number>();
  const panes = Map.groupBy(records, ({ record, timestampMs }) => {
    const one = naiveReading(record, reading);
    if (one.kind === "skipped") skipped.set(one.reason, (skipped.get(one.reason) ?? 0) + 1);
    if (one.kind !== "counted") return undefined;
    return Math.floor((one.timeMs ?? timestampMs) / PANE_MS) * PANE_MS;
  });
  const windows = [...panes].flatMap(([startMs, dated]) => {
    if (startMs === undefined) return [];
    const { counted, words, counts } = readNaively(dated.map(({ record }) => record), reading);
    const named = Object.entries(counts).filter(([, count]) => count > 0);
    return [[startMs, {
      records: counted,
      words,
      counts: new Map(named.map(([word, count]) => [word.slice(1), count])),
    }]] as const;
  });
  return { windows: new Map(windows), skipped };
}

Deno.test("runCount() of envelopes counts what a naive reader counts, with each combination of keys", async () => {
  const dated = fc.record({ record: anyRecord, timestampMs: fc.nat(3 * PANE_MS).map((ms) => START_MS + ms) });
  await fc.assert(
    fc.asyncProperty(anyRules, fc.array(dated, { maxLength: 20 }), async (rules, records) => {
      const reading = readingRules(rules);
      const counted = await countEnvelopes(records, reading);
      const windows = new Map([...counted.windows].filter(([, window]) => {
        return (window as { records: number }).records > 0;
      }));
      assert.deepEqual({ ...counted, windows }, countNaively(records, reading));
    }),
    { numRuns: 500 },
  );
});
