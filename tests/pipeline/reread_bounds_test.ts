import assert from "node:assert/strict";
import fc from "fast-check";
import { RereadBounds } from "../../lib/pipeline/reread_bounds.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";

const queue = { topic: "t", partition: 0, startOffset: 10 };

Deno.test("RereadBounds knows the records that a report has by offset and by pane", () => {
  const reported = { offset: 50, cutMs: 4_000, replayFrom: 5 };
  const bounds = new RereadBounds(new PartitionQueue({ ...queue, replayUntil: 40, reported }));
  assert.deepEqual(
    [[49, 4_000], [50, 4_000], [49, 6_000], [49, 2_000]].map(([offset, endMs]) => {
      return bounds.isReported(offset, endMs);
    }),
    [true, false, false, true],
  );
  assert.deepEqual([49, 50].map((offset) => bounds.isReplayed(offset)), [true, false]);
  assert.deepEqual(
    [49, 50].map((offset) => bounds.isFree(offset)),
    [true, false],
    "below a mark nothing waits",
  );
});

Deno.test("RereadBounds without reports knows replays alone", () => {
  const bounds = new RereadBounds(new PartitionQueue({ ...queue, replayUntil: 40 }));
  assert.deepEqual([bounds.isReported(10, 0), bounds.isFree(10), bounds.stillUntil], [false, false, -1]);
  assert.deepEqual([39, 40].map((offset) => bounds.isReplayed(offset)), [true, false]);
  const earlier = { offset: 40, watermarkMs: 7, future: [] };
  const noted = new RereadBounds(new PartitionQueue({ ...queue, replayUntil: 40, earlier }));
  assert.deepEqual([39, 40].map((offset) => noted.isFree(offset)), [true, false]);
});

Deno.test("RereadBounds: records that are read again move the watermark beyond what an earlier run has noted", () => {
  const earlier = { offset: 30, watermarkMs: 7, future: [] };
  const bounds = new RereadBounds(new PartitionQueue({ ...queue, replayUntil: 40, earlier }));
  assert.deepEqual([bounds.stillUntil, bounds.isReplayed(39)], [30, true]);
});

Deno.test("RereadBounds.endOfRun() ends at each bound and nowhere else", () => {
  const offset = fc.nat(30);
  fc.assert(
    fc.property(fc.uniqueArray(offset, { minLength: 1 }), offset, offset, (unsorted, replayUntil, mark) => {
      const offsets = Float64Array.from(unsorted).sort();
      const reported = { offset: mark, cutMs: 0, replayFrom: 0 };
      const options = { topic: "t", partition: 0, startOffset: 0, replayUntil, reported };
      const bounds = new RereadBounds(new PartitionQueue(options));
      const side = (at: number) => [at < Math.max(replayUntil, mark), at < mark];
      let naive = 0;
      while (naive < offsets.length && String(side(offsets[naive])) === String(side(offsets[0]))) naive++;
      assert.equal(bounds.endOfRun(offsets, 0, offsets.length), naive);
    }),
  );
});
