// Runs the pipeline as the daemon wires it, on the batches of a file, and prints what the Rust program prints.
//
//   pipeline_run.ts FILE PARTITIONS

import { systemClock } from "../../lib/async/clock.ts";
import { splitRecordBatches } from "../../lib/kafka/wire/record_batch.ts";
import { OwnWindows } from "../../lib/pipeline/own_windows.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { RunNotes } from "../../lib/pipeline/run_notes.ts";
import type { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { LastPlaces } from "../../lib/words/last_places.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeOutputs } from "../../tests/fakes/fake_outputs.ts";
import { FakeSource } from "../../tests/fakes/fake_source.ts";
import { OPTIONS } from "../../tests/kafka/wire/read_batches.ts";
import { makePipeline, makeWatermark } from "../even_pipeline.ts";
import { processorNs } from "../processor_time.ts";
import { LENGTH_MS, SLIDE_MS, TOP } from "../recount.ts";
import { type FiledBatch, readBatchFile } from "./batch_file.ts";

/** The daemon's defaults. */
const LATENESS_MS = 2_000;
const MAX_WORDS = 1_000_000;
const MAX_WORD_BYTES = 64 << 20;
/** As the fetches fill the queues. */
const MAX_QUEUED_BYTES = 512 * 1024;

function run(path: string, partitions: number): void {
  const source = new FakeSource();
  const outputs = new FakeOutputs();
  const pipeline = makeDaemonPipeline(source, outputs);
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

function makeDaemonPipeline(source: FakeSource, outputs: FakeOutputs): Pipeline {
  const places = new LastPlaces({ slideMs: SLIDE_MS });
  const words = new WordTable({ places });
  const times = { lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
  const window = new SlidingWindow({
    ...times,
    top: TOP,
    words,
    maxWords: MAX_WORDS,
    maxWordBytes: MAX_WORD_BYTES,
  });
  const watermark = makeWatermark(LENGTH_MS, LATENESS_MS);
  const parts = { source, words, window, watermark, outputs, clock: systemClock };
  return makePipeline({
    ...parts,
    aggregation: new OwnWindows({ ...parts, ...times, time: "event" }),
    latenessMs: LATENESS_MS,
    notes: new RunNotes(places),
  });
}

run(Deno.args[0], Number(Deno.args[1]));
