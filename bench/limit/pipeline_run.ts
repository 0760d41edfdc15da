// Runs the pipeline as the daemon wires it, on the batches of a file, and prints what the Rust program prints.
//
//   pipeline_run.ts FILE PARTITIONS

import { systemClock } from "../../lib/async/clock.ts";
import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import { splitRecordBatches } from "../../lib/kafka/wire/record_batch.ts";
import { OwnWindows } from "../../lib/pipeline/own_windows.ts";
import { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { RunNotes } from "../../lib/pipeline/run_notes.ts";
import { Governor } from "../../lib/rate/governor.ts";
import type { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { Watermark } from "../../lib/window/watermark.ts";
import { LastPlaces } from "../../lib/words/last_places.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeOutputs } from "../../tests/fakes/fake_outputs.ts";
import { FakeSource } from "../../tests/fakes/fake_source.ts";
import { readingRules } from "../../tests/fakes/reading_rules.ts";
import { silentLog } from "../../tests/fakes/silent_log.ts";
import { silentTally } from "../../tests/fakes/silent_tally.ts";
import { OPTIONS } from "../../tests/kafka/wire/read_batches.ts";
import { UNLIMITED } from "../../tests/pipeline/pipeline_rig.ts";
import { corpusTokenizer } from "../corpus.ts";
import { processorNs } from "../processor_time.ts";
import { LENGTH_MS, SLIDE_MS, TOP } from "../recount.ts";
import { type FiledBatch, readBatchFile } from "./batch_file.ts";

/** The daemon's defaults. */
const LATENESS_MS = 2_000;
const IDLE_MS = 10_000;
const MAX_WORDS = 1_000_000;
const MAX_WORD_BYTES = 64 << 20;
const MAX_FUTURE_MS = 60_000;
const MAX_RECORD_BYTES = 1 << 20;
/** As the fetches fill the queues. */
const MAX_QUEUED_BYTES = 512 * 1024;

function run(path: string, partitions: number): void {
  const source = new FakeSource();
  const outputs = new FakeOutputs();
  const pipeline = makePipeline(source, outputs);
  const queues = source.assign(Array.from({ length: partitions }, () => ({})));
  const batches = readBatchFile(path);
  const beganNs = processorNs();
  while (fill(queues, batches)) pipeline.turn();
  const cpuNs = processorNs() - beganNs;
  for (const { endMs, top } of outputs.results) {
    console.log(JSON.stringify({ window_end: endMs, top: top.map(({ word, count }) => [word, count]) }));
  }
  const records = queues.reduce((sum, { position }) => sum + position, 0);
  console.log(JSON.stringify({ records, cpu_ns: cpuNs }));
}

/** Pushes the next batches; false when all records are taken. */
function fill(queues: readonly PartitionQueue[], batches: Generator<FiledBatch>): boolean {
  while (queues.some(({ queuedBytes }) => queuedBytes < MAX_QUEUED_BYTES)) {
    const { value } = batches.next();
    if (value === undefined) break;
    const { partition, bytes } = value;
    const queue = queues[partition];
    const { batches: [batch] } = splitRecordBatches(bytes, { ...OPTIONS, fetchOffset: queue.readOffset });
    queue.push(batch);
    queue.highWatermark = batch.nextOffset;
  }
  return queues.some(({ hasMore }) => hasMore);
}

function makePipeline(source: FakeSource, outputs: FakeOutputs): Pipeline {
  const clock = systemClock;
  const places = new LastPlaces({ slideMs: SLIDE_MS });
  const words = new WordTable({ places });
  const window = new SlidingWindow({
    lengthMs: LENGTH_MS,
    slideMs: SLIDE_MS,
    top: TOP,
    words,
    maxWords: MAX_WORDS,
    maxWordBytes: MAX_WORD_BYTES,
  });
  const watermark = new Watermark({
    latenessMs: LATENESS_MS,
    idleMs: IDLE_MS,
    aheadMs: 2 * LENGTH_MS + LATENESS_MS,
    slideMs: SLIDE_MS,
  });
  const parts = { source, words, window, watermark, outputs, clock };
  return new Pipeline({
    source,
    texts: makeRecordTexts(readingRules({ maxRecordBytes: MAX_RECORD_BYTES })),
    tokenizer: corpusTokenizer(words),
    notes: new RunNotes(places),
    aggregation: new OwnWindows({ ...parts, lengthMs: LENGTH_MS, slideMs: SLIDE_MS, time: "event" }),
    watermark,
    governor: new Governor(UNLIMITED, clock.monotonicMs()),
    outputs,
    tally: silentTally,
    clock,
    log: silentLog,
    rules: {
      time: "event",
      slideMs: SLIDE_MS,
      latenessMs: LATENESS_MS,
      maxFutureMs: MAX_FUTURE_MS,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
  });
}

run(Deno.args[0], Number(Deno.args[1]));
