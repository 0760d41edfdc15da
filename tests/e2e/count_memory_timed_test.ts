// `window.max_words` bounds the memory of `rtcount count --topic`, however many words the topic has.

import assert from "node:assert/strict";
import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { makeTopic } from "./kafka_source.ts";
import { RtcountProcess } from "./rtcount_process.ts";

const KIB_PER_MB = 1_000_000 / 1024;
const BATCHES = 250;
const RECORDS_PER_BATCH = 1_000;
const WORDS_PER_RECORD = 10;
const DISTINCT_WORDS = BATCHES * RECORDS_PER_BATCH * WORDS_PER_RECORD;
const MAX_WORDS = 100_000;
/** Runtime, program, fetched batches and the words. */
const MOST_MB = 300;
const POLL_MS = 10;

interface Count {
  readonly peakMb: number;
  readonly distinct: number;
  readonly error: number;
}

Deno.test({
  name: `rtcount count --topic stays below ${MOST_MB} MB with 2,500,000 words, as max_words bounds them`,
  ignore: missing,
  async fn() {
    const topic = await makeTopic(2);
    await fillTopic({
      bootstrap,
      topic,
      partitions: 2,
      batchesPerPartition: BATCHES / 2,
      recordsPerBatch: RECORDS_PER_BATCH,
      variants: BATCHES,
      value: (i) =>
        Array.from({ length: WORDS_PER_RECORD }, (_, k) => `word-${i * WORDS_PER_RECORD + k}`).join(),
      startMs: Date.now(),
      stepMs: 1,
    });
    const bounded = await countTopic(topic, MAX_WORDS);
    assert.equal(bounded.distinct, MAX_WORDS);
    assert.equal(bounded.error, DISTINCT_WORDS / MAX_WORDS);
    assert.ok(bounded.peakMb < MOST_MB, `${bounded.peakMb} MB`);
    // The topic has words for more memory than the limit.
    const unbounded = await countTopic(topic, DISTINCT_WORDS);
    assert.deepEqual([unbounded.distinct, unbounded.error], [DISTINCT_WORDS, 0]);
    assert.ok(unbounded.peakMb > MOST_MB, `${unbounded.peakMb} MB`);
  },
});

async function countTopic(topic: string, maxWords: number): Promise<Count> {
  const settings = ["--set", `window.max_words=${maxWords}`, "--set", "window.max_word_bytes=1GiB"];
  const args = ["count", "--brokers", bootstrap, "--topic", topic, "--output", "json", ...settings];
  await using count = new RtcountProcess(args);
  let peakMb = 0;
  for (let kib = 0; !Number.isNaN(kib); kib = peakKib(count.pid)) {
    peakMb = Math.max(peakMb, kib / KIB_PER_MB);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  assert.equal(await count.status, 0, count.stderr);
  console.log(`${maxWords} words at most: ${peakMb.toFixed(0)} MB resident at most`);
  const { distinct, error } = JSON.parse(count.stdout);
  return { peakMb, distinct, error };
}

/** NaN once the process has ended. */
function peakKib(pid: number): number {
  try {
    return readMemoryKib(pid, "VmHWM");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NaN;
    throw error;
  }
}
