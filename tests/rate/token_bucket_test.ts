import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../../lib/rate/token_bucket.ts";

interface Step {
  /** The time that passes before the step. */
  readonly ms: number;
  /** The rate from this step on; undefined keeps the rate. */
  readonly rate: number | undefined;
  /** The share of the available tokens that is taken. */
  readonly share: number;
}

const rate = fc.oneof(
  fc.double({ min: 0.1, max: 2000, noNaN: true }),
  fc.integer({ min: 1, max: 200 }),
  fc.constant(Infinity),
);
const step: fc.Arbitrary<Step> = fc.record({
  ms: fc.oneof(
    fc.constantFrom(0, 1, 10, 20, 100, 1000),
    fc.double({ min: 0, max: 1500, noNaN: true }),
  ),
  rate: fc.option(rate, { nil: undefined, freq: 4 }),
  share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
});

/** In each closed second that begins with a step, the tokens taken never exceed the bound of the highest rate in it. */
function assertBound(firstRate: number, steps: readonly Step[], startMs: number): void {
  const bucket = new TokenBucket(firstRate, startMs);
  let nowMs = startMs;
  const events = steps.map(({ ms, rate: newRate, share }) => {
    nowMs += ms;
    const before = bucket.ratePerSecond;
    if (newRate !== undefined) bucket.setRate(newRate, nowMs);
    const available = bucket.available(nowMs);
    const taken = available === Infinity ? 1000 : Math.floor(available * share);
    bucket.take(taken, nowMs);
    return { nowMs, taken, before, after: bucket.ratePerSecond };
  });
  events.forEach((first, index) => {
    let sum = 0;
    let maxRate = first.after;
    for (let n = index; n < events.length && events[n].nowMs <= first.nowMs + 1000; n++) {
      const { nowMs: endMs, taken, before, after } = events[n];
      sum += taken;
      maxRate = n === index ? after : Math.max(maxRate, before, after);
      const bound = Math.max(maxRate * 1.05, maxRate + 1);
      if (sum > bound + 1e-5) assert.fail(`${sum} from ${first.nowMs} to ${endMs} ms, at most ${bound}`);
    }
  });
}

Deno.test("TokenBucket keeps its promise over any second, for any takes and changes of rate", () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(rate, steps, fc.constantFrom(0, 1e9 + 0.1), assertBound),
    { numRuns: 500 },
  );
});

Deno.test("TokenBucket keeps its promise over a second with takes at both ends", () => {
  for (const ratePerSecond of [0.5, 1, 2, 3, 7, 10, 19, 20, 21, 30, 33.3, 99, 100, 101, 999, 100_000]) {
    for (const stepMs of [1, 7, 10, 40, 50, 100, 333, 1000]) {
      const rest = { ms: 10_000, rate: undefined, share: 0 };
      const steps = new Array(Math.ceil(2000 / stepMs)).fill({ ms: stepMs, rate: undefined, share: 1 });
      assertBound(ratePerSecond, [rest, { ...rest, ms: 0, share: 1 }, ...steps], 0);
    }
  }
});

Deno.test("TokenBucket averages 98 to 100 % of its rate when it is emptied often enough", () => {
  for (
    const [ratePerSecond, wakeMs] of [[100, 20], [100, 40], [30, 20], [1000, 50], [1_000_000, 20], [10, 1]]
  ) {
    const bucket = new TokenBucket(ratePerSecond, 0);
    let taken = 0;
    for (let nowMs = wakeMs; nowMs <= 60_000; nowMs += wakeMs) {
      const available = bucket.available(nowMs);
      bucket.take(available, nowMs);
      taken += available;
    }
    const share = taken / 60 / ratePerSecond;
    assert.ok(share >= 0.98 && share <= 1, `${ratePerSecond} every ${wakeMs} ms: ${share}`);
  }
});

Deno.test("TokenBucket averages no more than its rate over six seconds, a full bucket included", () => {
  const bucket = new TokenBucket(100, 0);
  bucket.available(10_000);
  let taken = 0;
  for (let nowMs = 10_000; nowMs <= 16_000; nowMs += 10) {
    const available = bucket.available(nowMs);
    bucket.take(available, nowMs);
    taken += available;
  }
  assert.ok(taken <= 600, `${taken}`);
});

Deno.test("TokenBucket begins empty and fills in fractions", () => {
  const bucket = new TokenBucket(10, 500);
  assert.equal(bucket.available(500), 0);
  for (let nowMs = 510; nowMs < 600; nowMs += 10) assert.equal(bucket.available(nowMs), 0);
  assert.equal(bucket.available(602), 1);
  assert.equal(bucket.available(100_000), 1);
});

Deno.test("TokenBucket.waitMs() is the time until the tokens, at most the capacity, are available", () => {
  const bucket = new TokenBucket(100, 0);
  const waitMs = bucket.waitMs(2, 0);
  assert.ok(waitMs > 20 && waitMs < 21, `${waitMs}`);
  assert.equal(bucket.available(waitMs - 0.1), 1);
  assert.equal(bucket.available(waitMs), 2);
  assert.equal(bucket.waitMs(2, waitMs), 0);
  const fullMs = waitMs + bucket.waitMs(1000, waitMs);
  assert.equal(bucket.waitMs(1000, fullMs + 1e-6), 0);
  assert.equal(bucket.available(fullMs + 1e-6), 6);
  assert.equal(new TokenBucket(Infinity, 0).waitMs(10, 0), 0);
});

Deno.test("TokenBucket.setRate() adds no tokens", () => {
  const bucket = new TokenBucket(100, 0);
  bucket.available(1000); // full
  bucket.setRate(10, 1000);
  assert.equal(bucket.available(1000), 1);
  bucket.setRate(1000, 1000);
  assert.equal(bucket.available(1000), 1);
  bucket.setRate(Infinity, 1000);
  assert.equal(bucket.available(1000), Infinity);
  bucket.take(1_000_000, 2000);
  bucket.setRate(1000, 3000);
  assert.equal(bucket.available(3000), 0);
  assert.equal(bucket.available(3010.2), 10);
});

Deno.test("TokenBucket ignores a time before the latest one it was given", () => {
  const bucket = new TokenBucket(1000, 0);
  assert.equal(bucket.available(10.2), 10);
  assert.equal(bucket.available(5), 10);
  assert.equal(bucket.available(10.2), 10);
});

Deno.test("TokenBucket rejects a rate that is not above 0, and a take of more than is available", () => {
  for (const bad of [0, -1, NaN]) {
    assert.throws(() => new TokenBucket(bad, 0), RangeError);
    assert.throws(() => new TokenBucket(1, 0).setRate(bad, 0), RangeError);
  }
  assert.throws(() => new TokenBucket(1, 0).take(1, 0), RangeError);
});
