// One partition's log begins a day after the others'. Its records must wait in Kafka, not in memory, until the others have
// caught up.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { printedBlocks, waitForTimeOf } from "../e2e/console_blocks.ts";
import { kafkaSource, makeTopic } from "../e2e/kafka_source.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { produce, produceBatches } from "../machine/kafka/producer.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { PaneCounts } from "./pane_counts.ts";

const PARTITIONS = [0, 1, 2, 3];
const AHEAD = 0;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WINDOW = { lengthMs: 60_000, slideMs: 20_000 };
const LATENESS_MS = 2_000;
const TOP = 20;
/** Records per partition. All partitions have the same size, so taking turns alone would not read this one last. */
const RECORDS = 60_000;
const RECORD_BYTES = 250;
const RECORDS_PER_BATCH = 1_000;
/** New words in each record of the partition ahead: memory would show if all of its records were in it. */
const NEW_WORDS = 20;
const KIB_PER_MB = 1_000_000 / 1024;
/** The daemon takes 145 MB if the partition waits, and 350 MB if it does not. */
const MAX_MB = 230;

/** The records of the partition ahead are from the last hour. */
function datesOf(partition: number, endMs: number): { startMs: number; spanMs: number } {
  const startMs = endMs - HOUR_MS - (partition === AHEAD ? 0 : DAY_MS);
  return { startMs, spanMs: endMs - startMs };
}

function wordsOf(partition: number, i: number): string[] {
  if (partition !== AHEAD) return [`p${partition}`, `w${i % 37}`, `w${i % 11}`];
  return [`p${partition}`, ...Array.from({ length: NEW_WORDS }, (_, k) => `new-${i * NEW_WORDS + k}`)];
}

async function fill(topic: string, { endMs, counts }: { endMs: number; counts: PaneCounts }): Promise<void> {
  await Promise.all(PARTITIONS.map(async (partition) => {
    const { startMs, spanMs } = datesOf(partition, endMs);
    function* batches(): Generator<Uint8Array> {
      for (let from = 0; from < RECORDS; from += RECORDS_PER_BATCH) {
        const records = Array.from({ length: RECORDS_PER_BATCH }, (_, n) => {
          const timestampMs = startMs + Math.floor((from + n) * spanMs / RECORDS);
          const words = wordsOf(partition, from + n);
          counts.add(partition, timestampMs, words);
          const value = Buffer.from(words.join());
          return { timestampMs, key: Buffer.alloc(Math.max(0, RECORD_BYTES - value.length)), value };
        });
        yield writeRecordBatch({ records });
      }
    }
    await produceBatches(batches(), { bootstrap, topic, partition });
    // Closes all windows that contain any of these records; it is in none of them.
    const timestampMs = endMs + WINDOW.lengthMs + LATENESS_MS;
    await produce([{ timestampMs, value: "end" }], { bootstrap, topic, partition });
  }));
}

Deno.test({
  name: "a partition a day ahead of the others waits for them in bounded memory, and windows stay exact",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(PARTITIONS.length);
    const endMs = Math.floor(Date.now() / WINDOW.slideMs) * WINDOW.slideMs - 2 * WINDOW.lengthMs;
    const counts = new PaneCounts(WINDOW);
    await fill(topic, { endMs, counts });
    const expected = counts.ends.map((endMs) => counts.block(endMs, { partitions: PARTITIONS, top: TOP }));
    await using daemon = new RtcountDaemon({
      source: kafkaSource(topic),
      window: { length: "60s", slide: "20s", lateness: `${LATENESS_MS}ms` },
      top: TOP,
      rate: { backpressure: false },
    });
    await waitForTimeOf(expected[expected.length - 1], daemon);
    const largestMb = readMemoryKib(daemon.pid, "VmHWM") / KIB_PER_MB;
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    assert.deepEqual(printedBlocks(daemon.stdout), expected);
    console.log(`${expected.length} windows, ${largestMb.toFixed(0)} MB resident at most`);
    assert.ok(largestMb < MAX_MB, `${largestMb} MB`);
  },
});
