// An endless supply of distinct words passes a window of 30 panes, each with room for few of them. The memory stays
// bounded, and every shown count is right within its shown error.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { kafkaSource, makeTopic } from "../e2e/kafka_source.ts";
import { compiled, RtcountDaemon } from "../e2e/rtcount_process.ts";
import { produceBatches } from "../machine/kafka/producer.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { DistinctWords, WORDS_PER_RECORD } from "./distinct_words.ts";
import { isLong, soakLength } from "./soak_length.ts";

const RECORDS = soakLength({ short: 60_000, long: 1_120_000 });
const MAX_WORDS = soakLength({ short: 2_000, long: 20_000 });
const RECORDS_PER_SECOND = soakLength({ short: 12_000, long: 40_000 });
const PANES = 30;
/** The window fills several times, and each pane gets several times the words that it may hold. */
const RECORDS_PER_PANE = RECORDS / 80;
const SLIDE_MS = 1_000;
const TOP = 1_000;
const RECORDS_PER_BATCH = 250;
const MAX_RESIDENT_BYTES = 300e6;
const MAX_SCRAPE_MS = 100;
/** A word takes its own bytes and some 60 more; tables grow by doubling. */
const TABLE_BYTES_PER_WORD = 200;

const stream = new DistinctWords(RECORDS_PER_PANE);

/** The panes of the window that ends with pane `end`, which is not in it. */
const coverage = (end: number) => ({ from: end - PANES, to: Math.min(end, RECORDS / RECORDS_PER_PANE) });

/** Checks that a window's counts are right within its error. Words that occur more often than the error are in `top`. */
function checkWindow(end: number, { error, top }: Pick<WindowResult, "error" | "top">): void {
  for (const { word, count } of top) {
    const times = stream.countOf(word, coverage(end));
    assert.ok(times <= count && count <= times + error, `${word}, ${times} times: ${count}, error ${error}`);
  }
  const shown = new Set(top.map(({ word }) => word));
  for (const word of stream.frequentWords()) {
    const times = stream.countOf(word, coverage(end));
    assert.ok(shown.has(word) || times <= error, `${word}, ${times} times, is not shown; error ${error}`);
  }
}

Deno.test(`SlidingWindow bounds the word table while ${RECORDS * WORDS_PER_RECORD} words pass`, () => {
  const words = new WordTable();
  const tokenizer = new Tokenizer({
    split: { kind: "separator", separator: "," },
    trim: true,
    lowercase: false,
    minLength: 1,
    maxLength: 256,
    stopWords: [],
  }, words);
  const window = new SlidingWindow({
    lengthMs: PANES * SLIDE_MS,
    slideMs: SLIDE_MS,
    top: TOP,
    words,
    maxWords: MAX_WORDS,
  });
  const most = (PANES + 1) * MAX_WORDS;
  let results = 0;
  for (let record = 0; record < RECORDS; record++) {
    const bytes = Buffer.from(stream.record(record));
    const idCount = tokenizer.tokenize(bytes, Int32Array.of(0), Int32Array.of(bytes.length), 0, 1);
    const pane = Math.floor(record / RECORDS_PER_PANE);
    window.select(pane * SLIDE_MS);
    window.add(tokenizer.ids, idCount, 1);
    if ((record + 1) % RECORDS_PER_PANE > 0) continue;
    window.closeUntil((pane + 1) * SLIDE_MS, (result) => {
      assert.ok(result.error > 0, "panes are full");
      assert.equal(result.distinct, words.size);
      checkWindow(pane + 1, result);
      results++;
    });
    assert.ok(words.size <= most && words.idLimit <= most, `${words.size} words, ids below ${words.idLimit}`);
    assert.ok(words.memoryBytes <= most * TABLE_BYTES_PER_WORD, `${words.memoryBytes} bytes`);
  }
  assert.equal(results, RECORDS / RECORDS_PER_PANE);
  window.closeUntil(Infinity, () => {});
  assert.equal(words.size, 0);
});

/** The whole stream as record batches; the first pane begins at `startMs`. */
function* batchesOf(startMs: number): Generator<Uint8Array> {
  for (let from = 0; from < RECORDS; from += RECORDS_PER_BATCH) {
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, i) => ({
      timestampMs: startMs + Math.floor((from + i) * SLIDE_MS / RECORDS_PER_PANE),
      value: Buffer.from(stream.record(from + i)),
    }));
    yield writeRecordBatch({ records });
  }
}

interface TopPage {
  readonly window_end: number;
  readonly error: number;
  readonly top: readonly (readonly [word: string, count: number])[];
}

Deno.test({
  name: `rtcount run answers and keeps its memory while ${RECORDS * WORDS_PER_RECORD} words pass`,
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    const startMs = Math.floor(Date.now() / SLIDE_MS) * SLIDE_MS - 200 * SLIDE_MS;
    await produceBatches(batchesOf(startMs), { bootstrap, topic, partition: 0 });
    await using daemon = new RtcountDaemon({
      source: kafkaSource(topic),
      window: {
        length: `${PANES * SLIDE_MS}ms`,
        slide: `${SLIDE_MS}ms`,
        lateness: "0s",
        max_words: MAX_WORDS,
      },
      top: TOP,
      output: { console: false },
      // Passing takes seconds, so there is time to query.
      rate: { backpressure: false, max: RECORDS_PER_SECOND },
    });
    await daemon.metricAtLeast("rtcount_words_total", 1);
    const fullWindows = new Set<number>();
    let slowestMs = 0;
    let largestBytes = 0;
    for (let counted = 0; counted < RECORDS * WORDS_PER_RECORD;) {
      const beforeMs = performance.now();
      counted = await daemon.metricAtLeast("rtcount_words_total", 0);
      slowestMs = Math.max(slowestMs, performance.now() - beforeMs);
      largestBytes = Math.max(largestBytes, await daemon.metricAtLeast("process_resident_memory_bytes", 1));
      const page = await daemon.get(`/api/v1/top?k=${TOP}`);
      if (page?.status !== 200) continue;
      const { window_end, error, top }: TopPage = JSON.parse(page.text);
      if (error > 0) fullWindows.add(window_end);
      checkWindow((window_end - startMs) / SLIDE_MS, {
        error,
        top: top.map(([word, count]) => ({ word, count })),
      });
    }
    assert.ok(fullWindows.size > 1, `${fullWindows.size} windows with full panes seen`);
    console.log(`/metrics within ${slowestMs.toFixed(0)} ms, ${(largestBytes / 1e6).toFixed(0)} MB resident`);
    // Short runs share the machine with all other tests, and a run from source includes Deno's compiler.
    if (isLong) assert.ok(slowestMs < MAX_SCRAPE_MS, `/metrics took ${slowestMs} ms`);
    if (isLong && compiled) assert.ok(largestBytes < MAX_RESIDENT_BYTES, `${largestBytes} bytes resident`);
  },
});
