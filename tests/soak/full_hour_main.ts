// Passes a stream that fills every bound through a pipeline, in simulated time and in a process of its own: distinct words
// of the greatest length and short ones in all panes, also in those ahead of the clock, new words, an endless supply of
// large schemas, windows that no topic takes, and snapshots. It prints its peak memory as JSON.

import { Buffer } from "node:buffer";
import { parseConfig } from "../../lib/config/load.ts";
import { avroFormat } from "../../lib/formats/avro/avro_format.ts";
import type { SchemaSource } from "../../lib/formats/schema/value_schema.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import type { Batch } from "../../lib/records/partition_queue.ts";
import { SchemaCache } from "../../lib/registry/schema_cache.ts";
import { OutputQueue } from "../../lib/sink/output_queue.ts";
import { windowRecord } from "../../lib/sink/window_record.ts";
import { systemFiles } from "../../lib/snapshot/snapshot_files.ts";
import { SnapshotStore } from "../../lib/snapshot/snapshot_store.ts";
import { formatWindowJson } from "../../lib/window/window_result.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { rig } from "../pipeline/pipeline_rig.ts";

const SIMULATED_MS = Number(Deno.args[0]);
const PARTITIONS = 4;
/** Long words and short ones take turns, in simulated time: they fill different tables. */
const PHASE_MS = 240_000;
const SNAPSHOT_MS = 240_000;
const LONG_WORD_BYTES = 256;
const SHORT_WORD_BYTES = 6;
/** Each fills the bytes that all words may have, in the time for which a word is held. */
const LONG_WORDS_PER_SLIDE = 8_000;
const SHORT_WORDS_PER_SLIDE = 90_000;
const RECORDS = 8;
/** Records are dated from here to there around now: late ones, and some within `window.max_future`. */
const [FROM_MS, TO_MS] = [-50_000, 55_000];
const TYPES_PER_SCHEMA = 2_000;
/** A new schema comes so often. */
const SLIDES_PER_SCHEMA = 4;

const config = parseConfig(await Deno.readTextFile(new URL("../../systemd/rtcount.yaml", import.meta.url)));
const { length: lengthMs, slide: slideMs, lateness: latenessMs, idle: idleMs } = config.window;
const { max_words: maxWords, max_word_bytes: maxWordBytes, max_future: maxFutureMs } = config.window;

/** It has many types after the field that is read. */
const SCHEMA = JSON.stringify({
  type: "record",
  name: "R",
  fields: [
    { name: "message", type: "string" },
    { name: "more", type: new Array(TYPES_PER_SCHEMA).fill({ type: "array", items: "long" }) },
  ],
});

const clock = new ManualClock();
const schemas: SchemaSource = {
  kind: "registry",
  open: (plan) =>
    new SchemaCache({
      client: {
        urls: "",
        schema: () =>
          Promise.resolve({ kind: "schema", type: "AVRO", schema: { text: SCHEMA, references: [] } }),
      },
      format: avroFormat,
      plan,
      onNews: () => {},
      signal: new AbortController().signal,
      clock,
      log: silentLog,
    }),
};
const { source, pipeline, outputs, words, counts } = rig({
  clock,
  lengthMs,
  slideMs,
  latenessMs,
  idleMs,
  maxFutureMs,
  maxRecordBytes: config.words.max_record_bytes,
  maxWords,
  maxWordBytes,
  rising: { baselineWindows: config.rising.baseline, minCount: config.rising.min_count },
  newWords: { memoryMs: config.new_words.memory, learnMs: 60_000, minCount: 1 },
  reading: { format: "avro", from: { kind: "field", path: "$.message" } },
  schemas,
});
const queues = source.assign(Array.from({ length: PARTITIONS }, () => ({})));
const feed = new WindowFeed();
const waiting = new OutputQueue({ maxRecords: 10_000, maxBytes: 32 * 1024 * 1024, dropWhenFull: "oldest" });
const dir = await Deno.makeTempDir({ prefix: "rtcount-hour-" });
const store = new SnapshotStore({
  dir,
  name: "hour",
  identity: () => ({}),
  files: systemFiles,
  log: silentLog,
});

let made = 0;
let windows = 0;
let snapshots = 0;
let mostWordBytes = 0;
let mostWords = 0;

/** Words that never come again. */
function newWords(count: number, bytes: number): string {
  const parts: string[] = [];
  for (let i = 0; i < count; i++) parts.push((made++).toString(36).padStart(bytes, "x"));
  return parts.join();
}

/** A value of a schema in Confluent's wire format. */
function valueOf(schema: number, text: string): Buffer {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(schema, 1);
  const length: number[] = [];
  for (let left = text.length * 2; left > 0; left = Math.floor(left / 128)) {
    length.push(left % 128 + (left >= 128 ? 128 : 0));
  }
  // The first branch of the union is an empty array.
  return Buffer.concat([frame, Buffer.from(length), Buffer.from(text), Buffer.of(0, 0)]);
}

function batchOf(offset: number, records: readonly { timestampMs: number; value: Buffer }[]): Batch {
  const nextOffset = offset + records.length;
  return {
    sizeBytes: 1,
    nextOffset,
    arrivedMs: clock.monotonicMs(),
    decode(into) {
      into.reset(Buffer.concat(records.map(({ value }) => value)));
      let at = 0;
      records.forEach(({ timestampMs, value }, i) => {
        into.push(offset + i, timestampMs, -1, -1, at, at + value.length);
        at += value.length;
      });
      return undefined;
    },
  };
}

/** Records of one slide for each partition; the last one is dated now, so that the watermark goes on. */
function feedSlide(slide: number): void {
  const isLong = Math.floor(slide * slideMs / PHASE_MS) % 2 === 0;
  const count = Math.ceil((isLong ? LONG_WORDS_PER_SLIDE : SHORT_WORDS_PER_SLIDE) / PARTITIONS / RECORDS);
  const bytes = isLong ? LONG_WORD_BYTES : SHORT_WORD_BYTES;
  for (const queue of queues) {
    const records = Array.from({ length: RECORDS }, (_, i) => {
      const place = (slide % 11 / 11 + i) / RECORDS;
      const isLast = i === RECORDS - 1;
      const aheadMs = isLast ? 0 : Math.floor(FROM_MS + place * (TO_MS - FROM_MS));
      const value = valueOf(Math.floor(slide / SLIDES_PER_SCHEMA), newWords(count, bytes));
      return { timestampMs: clock.nowMs() + aheadMs, value };
    });
    queue.push(batchOf(queue.readOffset, records));
    queue.highWatermark = queue.readOffset;
  }
}

async function takeSnapshot(): Promise<void> {
  const snapshot = pipeline.takeSnapshot();
  if (snapshot === undefined) return;
  await store.save(snapshot);
  snapshots++;
}

try {
  for (let slide = 0; slide * slideMs < SIMULATED_MS; slide++) {
    feedSlide(slide);
    for (let turns = 0; turns < 100 && queues.some(({ hasMore }) => hasMore); turns++) {
      pipeline.turn();
      await settle();
    }
    for (const result of outputs.results.splice(0)) {
      const json = formatWindowJson(result);
      const endMs = Number(result.endMs);
      windows++;
      feed.publish(endMs, json);
      waiting.put(windowRecord({ name: "hour", endMs, partitions: [{ topic: "t", partition: 0 }], json }));
    }
    source.saved.length = 0;
    mostWordBytes = Math.max(mostWordBytes, words.heldBytes);
    mostWords = Math.max(mostWords, words.size);
    if ((slide + 1) * slideMs % SNAPSHOT_MS === 0) await takeSnapshot();
    clock.advance(slideMs);
  }
  await takeSnapshot();
} finally {
  await Deno.remove(dir, { recursive: true });
}
const left = queues.filter(({ hasMore }) => hasMore).length;
console.log(JSON.stringify({
  peakKib: readMemoryKib(Deno.pid, "VmHWM"),
  windows,
  snapshots,
  mostWordBytes,
  maxWordBytes,
  mostWords,
  left,
  counts,
}));
