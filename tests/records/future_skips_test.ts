import assert from "node:assert/strict";
import fc from "fast-check";
import { FutureSkips, MAX_FUTURE_STEPS } from "../../lib/records/future_skips.ts";

const CLOCK_LIMIT_MS = 1_000;

/** The records that a replay takes, by the notes of the first reading. */
function takenAgain(first: FutureSkips, records: readonly number[]): boolean[] {
  const replay = new FutureSkips({ offset: records.length, future: first.since(0) });
  return records.map((timestampMs, offset) => timestampMs <= replay.limitAt(offset, -1).latestMs);
}

Deno.test("FutureSkips.limitAt() repeats every decision of the first reading, whatever the clock says", () => {
  const record = fc.record({ timestampMs: fc.nat(50), clockMs: fc.nat(50) });
  fc.assert(fc.property(fc.array(record, { maxLength: MAX_FUTURE_STEPS }), (records) => {
    const first = new FutureSkips();
    const taken = records.map(({ timestampMs, clockMs }, offset) => {
      const isTaken = timestampMs <= first.limitAt(offset, clockMs).latestMs;
      if (isTaken) first.take(offset, timestampMs);
      else first.skip(offset, timestampMs);
      return isTaken;
    });
    assert.deepEqual(takenAgain(first, records.map(({ timestampMs }) => timestampMs)), taken);
  }));
});

Deno.test("FutureSkips.limitAt() is the clock's limit from the noted offset on", () => {
  const skips = new FutureSkips({ offset: 10, future: [{ offset: 4, fromMs: 70 }] });
  assert.deepEqual(skips.limitAt(3, CLOCK_LIMIT_MS), { latestMs: Infinity, untilOffset: 4 });
  assert.deepEqual(skips.limitAt(4, CLOCK_LIMIT_MS), { latestMs: 69, untilOffset: 10 });
  assert.deepEqual(skips.limitAt(10, CLOCK_LIMIT_MS), { latestMs: CLOCK_LIMIT_MS, untilOffset: Infinity });
});

Deno.test("FutureSkips.since() is one step for a producer with a clock that stays wrong by the same", () => {
  const skips = new FutureSkips();
  for (let offset = 0; offset < 1_000; offset++) {
    if (offset % 10 === 0) skips.skip(offset, offset + 5_000);
    else skips.take(offset, offset);
  }
  assert.deepEqual(skips.since(0), [{ offset: 0, fromMs: 5_000 }]);
});

Deno.test("FutureSkips.since() holds no more than MAX_FUTURE_STEPS steps, the newest ones", () => {
  const skips = new FutureSkips();
  for (let offset = 0; offset < 200; offset += 2) {
    skips.skip(offset, 50);
    skips.take(offset + 1, 50);
  }
  const steps = skips.since(0);
  assert.equal(steps.length, MAX_FUTURE_STEPS);
  assert.equal(steps.at(-1)?.offset, 199);
});

Deno.test("FutureSkips.forgetBefore() keeps the step that holds at the offset", () => {
  const skips = new FutureSkips();
  skips.skip(2, 50);
  skips.take(5, 60);
  skips.forgetBefore(5);
  assert.deepEqual(skips.since(0), [{ offset: 5, fromMs: Infinity }]);
  skips.forgetBefore(100);
  assert.equal(skips.since(0).length, 1);
});

Deno.test("FutureSkips.after() continues the steps of another run", () => {
  const skips = new FutureSkips();
  skips.skip(2, 50);
  skips.take(8, 60);
  const before = [{ offset: 1, fromMs: 70 }, { offset: 5, fromMs: 80 }];
  assert.deepEqual(skips.after(5, before), [
    { offset: 1, fromMs: 70 },
    { offset: 5, fromMs: 50 },
    { offset: 8, fromMs: Infinity },
  ]);
});
