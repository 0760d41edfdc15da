import assert from "node:assert/strict";
import fc from "fast-check";
import { PidRateEstimator, type PidRateEstimatorOptions } from "../../lib/rate/pid_rate_estimator.ts";

const OPTIONS = { intervalMs: 20, proportional: 1, integral: 0, derivative: 0, minRate: 10 };

/** Consecutive intervals of 20 ms, filled with processing. */
function computeAll(
  options: Partial<PidRateEstimatorOptions>,
  records: readonly number[],
  schedulingMs: readonly number[],
): (number | undefined)[] {
  const estimator = new PidRateEstimator({ ...OPTIONS, ...options });
  return records.map((count, index) =>
    estimator.compute({
      timeMs: index * 20,
      records: count,
      processingMs: 20,
      schedulingMs: schedulingMs[index] ?? 0,
    })
  );
}

Deno.test("PidRateEstimator rejects an interval or a minimum that is not above 0, and negative gains", () => {
  const rows: Partial<PidRateEstimatorOptions>[] = [
    ...[0, -1, NaN, Infinity].flatMap((value) => [{ intervalMs: value }, { minRate: value }]),
    ...[-1, -1e-9, NaN, Infinity].flatMap((value) => [
      { proportional: value },
      { integral: value },
      { derivative: value },
    ]),
  ];
  for (const row of rows) {
    assert.throws(() => new PidRateEstimator({ ...OPTIONS, ...row }), RangeError, JSON.stringify(row));
    assert.throws(() => new PidRateEstimator(OPTIONS).configure({ ...OPTIONS, ...row }), RangeError);
  }
  new PidRateEstimator({ ...OPTIONS, proportional: 0, integral: 0, derivative: 0, minRate: 0.1 });
});

Deno.test("PidRateEstimator.compute() sets the latest rate in the first interval and estimates from the second on", () => {
  const estimator = new PidRateEstimator(OPTIONS);
  const measure = { records: 10, processingMs: 10, schedulingMs: 0 };
  assert.equal(estimator.compute({ timeMs: 0, ...measure }), undefined);
  assert.equal(estimator.compute({ timeMs: 10, ...measure }), 1000);
});

Deno.test("PidRateEstimator.compute() returns undefined for an invalid interval and forgets it", () => {
  const seed = { timeMs: 0, records: 10, processingMs: 10, schedulingMs: 0 };
  const rows = [
    { timeMs: 0 },
    { timeMs: -5 },
    { timeMs: NaN },
    { timeMs: 10, records: 0 },
    { timeMs: 10, records: -10 },
    { timeMs: 10, records: NaN },
    { timeMs: 10, processingMs: 0 },
    { timeMs: 10, processingMs: -10 },
    { timeMs: 10, processingMs: NaN },
  ];
  for (const row of rows) {
    const estimator = new PidRateEstimator({ ...OPTIONS, derivative: 1 });
    assert.equal(estimator.compute({ ...seed, ...row, timeMs: 0, records: 0 }), undefined);
    assert.equal(estimator.compute(seed), undefined);
    assert.equal(estimator.compute({ ...seed, ...row }), undefined, JSON.stringify(row));
    assert.equal(estimator.compute({ ...seed, timeMs: 10 }), 1000);
    assert.equal(estimator.compute({ ...seed, timeMs: 10 }), undefined);
  }
});

Deno.test("PidRateEstimator.compute() never falls below the minimum", () => {
  const estimates = computeAll(
    { integral: 1, minRate: 5 },
    new Array(50).fill(1),
    new Array(50).fill(100),
  );
  assert.deepEqual(estimates, [undefined, ...new Array(49).fill(5)]);
});

Deno.test("PidRateEstimator.compute() follows the processing rate while there is no scheduling delay", () => {
  const rising = Array.from({ length: 50 }, (_, index) => (index + 1) * 20);
  for (const records of [rising, rising.toReversed()]) {
    const estimates = computeAll({ integral: 1 }, records, []);
    assert.deepEqual(estimates, [undefined, ...records.slice(1).map((count) => count * 50)]);
  }
});

Deno.test("PidRateEstimator.compute() stays below the processing rate while there is a scheduling delay", () => {
  const interval = fc.record({
    records: fc.integer({ min: 1, max: 999 }),
    waitMs: fc.integer({ min: 1, max: 18 }),
  });
  fc.assert(fc.property(fc.array(interval, { minLength: 2, maxLength: 50 }), (intervals) => {
    const records = intervals.map((each) => each.records);
    const estimates = computeAll({ integral: 0.01 }, records, intervals.map(({ waitMs }) => waitMs));
    estimates.slice(1).forEach((estimate, index) => {
      const speed = records[index + 1] * 50;
      assert.ok(estimate !== undefined && (estimate < speed || estimate === OPTIONS.minRate));
    });
  }));
});

Deno.test("PidRateEstimator.compute() weighs error, scheduling delay and error change by their gains", () => {
  const estimator = new PidRateEstimator({
    intervalMs: 1000,
    proportional: 0.5,
    integral: 0.25,
    derivative: 2,
    minRate: 1,
  });
  estimator.compute({ timeMs: 1000, records: 100, processingMs: 1000, schedulingMs: 500 }); // 100/s
  // error 100 - 80 = 20, historical 0.1 * 80 = 8, d_error 20 / 2 s = 10
  assert.equal(
    estimator.compute({ timeMs: 3000, records: 40, processingMs: 500, schedulingMs: 100 }),
    100 - 0.5 * 20 - 0.25 * 8 - 2 * 10,
  );
  // error 68 - 200 = -132, historical 0, d_error (-132 - 20) / 1 s
  assert.equal(
    estimator.compute({ timeMs: 4000, records: 200, processingMs: 1000, schedulingMs: 0 }),
    68 + 0.5 * 132 + 2 * 152,
  );
});

Deno.test("PidRateEstimator.configure() keeps the latest rate and error", () => {
  const estimator = new PidRateEstimator(OPTIONS);
  estimator.compute({ timeMs: 0, records: 10, processingMs: 10, schedulingMs: 0 });
  estimator.configure({ ...OPTIONS, proportional: 0.5 });
  assert.equal(estimator.compute({ timeMs: 10, records: 20, processingMs: 10, schedulingMs: 0 }), 1500);
  estimator.configure({ ...OPTIONS, proportional: 0, minRate: 1600 });
  assert.equal(estimator.compute({ timeMs: 20, records: 20, processingMs: 10, schedulingMs: 0 }), 1600);
});
