import assert from "node:assert/strict";
import { join } from "node:path";
import { readBatchFile, writeBatchFile } from "../../bench/limit/batch_file.ts";
import type { Corpus } from "../../bench/corpus.ts";
import { type Layout, recount } from "../../bench/recount.ts";
import { OPTIONS, readAll } from "../kafka/wire/read_batches.ts";

/** Records of eight bytes. */
function corpusOf(texts: readonly string[]): Corpus {
  const bytes = new TextEncoder().encode(texts.join(""));
  const starts = Int32Array.from(texts, (_, i) => 8 * i);
  return { name: "test", bytes, starts, ends: starts.map((start) => start + 8), records: texts.length };
}

const CORPUS = corpusOf(["aa,bb,cc", "aa,aa,dd", "ee,ee,ee", "aa,bb,ee"]);
const LAYOUT: Layout = {
  startMs: 1_750_000_000_000,
  stepMs: 1_500,
  batches: 3,
  recordsPerBatch: 2,
  variants: 2,
  partitions: 2,
};

Deno.test("readBatchFile() reads what writeBatchFile() has written, the partitions by turns", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "batches");
    writeBatchFile(path, { corpus: CORPUS, layout: LAYOUT });
    const read = [...readBatchFile(path)].map(({ partition, bytes }) => {
      const { records, problems } = readAll(bytes, OPTIONS);
      assert.deepEqual(problems, []);
      const texts = records.map(({ value }) => new TextDecoder().decode(value ?? undefined));
      const [{ offset, timestampMs }] = records;
      return [partition, offset, timestampMs - LAYOUT.startMs, ...texts];
    });
    const [even, odd] = [["aa,bb,cc", "aa,aa,dd"], ["ee,ee,ee", "aa,bb,ee"]];
    assert.deepEqual(read, [
      [0, 0, 0, ...even],
      [1, 0, 0, ...odd],
      [0, 2, 1_500, ...odd],
      [1, 2, 1_500, ...even],
      [0, 4, 3_000, ...even],
      [1, 4, 3_000, ...odd],
      [0, 6, 604_500, "closing"],
      [1, 6, 604_500, "closing"],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("recount() counts the records of that layout", () => {
  const { windows, total, words } = recount(CORPUS, LAYOUT);
  assert.equal(words, 36);
  // Each batch of a partition has the other variant at the same time, so each time has all four records.
  assert.deepEqual(total, [["aa", 12], ["ee", 12], ["bb", 6], ["cc", 3], ["dd", 3]]);
  // The first two batches of each partition.
  assert.deepEqual(windows.get(LAYOUT.startMs + 2_000), [
    ["aa", 8],
    ["ee", 8],
    ["bb", 4],
    ["cc", 2],
    ["dd", 2],
  ]);
});
