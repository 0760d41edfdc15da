import assert from "node:assert/strict";
import { PlainTexts } from "../../lib/extraction/plain_texts.ts";
import type { RecordTexts } from "../../lib/extraction/record_texts.ts";
import { ReadAhead } from "../../lib/pipeline/read_ahead.ts";
import { TurnTime } from "../../lib/pipeline/turn_time.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

/** Takes records as a lane does; returns how many have been prepared. */
function takerOf(queue: PartitionQueue): (taken: number, most: number) => number {
  let prepared = 0;
  const texts: RecordTexts = Object.assign(new PlainTexts("value"), {
    findsTimes: true,
    findTimes(_: unknown, from: number, to: number) {
      prepared += to - from;
    },
  });
  const ahead = new ReadAhead(queue, { texts, turnTime: new TurnTime(new ManualClock(), "event") });
  return (taken, most) => {
    prepared = 0;
    const end = queue.cursor + taken;
    for (let from = queue.cursor; from < queue.cursor + most;) {
      const until = ahead.prepare(from, queue.cursor + most);
      if (from === end) break;
      from = Math.min(until, end);
    }
    ahead.end(taken);
    return prepared;
  };
}

Deno.test("ReadAhead.prepare() prepares about as many records as each take needs", () => {
  const queue = new PartitionQueue({ topic: "t", partition: 0, startOffset: 0 });
  const take = takerOf(queue);
  take(10, 10_000);
  for (const taken of [10, 10, 100, 100, 90, 1_000, 1_000, 3, 0, 3]) {
    const before = take(taken, 10_000);
    const again = take(taken, 10_000);
    assert.ok(before > taken, `${before} prepared for ${taken}`);
    assert.ok(again > taken && again <= taken + 8, `${again} prepared for ${taken} again`);
  }
  assert.equal(take(3, 3), 3);
  assert.equal(take(0, 0), 0);
});
