import assert from "node:assert/strict";
import { findTopSlope, findTrend, type Sample } from "../../bench/life/trend.ts";
import { seededRandom } from "../../lib/source/synthetic/random.ts";

const line = (slope: number, noise: (i: number) => number): Sample[] =>
  Array.from({ length: 60 }, (_, i) => [i, 100 + slope * i + noise(i)]);

Deno.test("findTrend() returns the slope of a line exactly", () => {
  assert.deepEqual(findTrend(line(3, () => 0)), { slope: 3, low: 3, high: 3 });
  assert.deepEqual(findTrend([[0, 5], [2, 1]]), { slope: -2, low: -2, high: -2 });
});

Deno.test("findTrend() is not misled by a quarter of outliers", () => {
  const { slope } = findTrend(line(0.5, (i) => i % 4 === 0 ? 1_000 : 0));
  assert.ok(Math.abs(slope - 0.5) < 0.05, `${slope}`);
});

Deno.test("findTrend() returns bounds that hold the slope of most noisy lines, and are narrow", () => {
  let held = 0;
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed, 1);
    const { slope, low, high } = findTrend(line(0.2, () => 10 * (random() - 0.5)));
    assert.ok(low <= slope && slope <= high && high - low < 0.2);
    if (low <= 0.2 && 0.2 <= high) held++;
  }
  assert.ok(held >= 85, `${held}`);
});

Deno.test("findTrend() refuses what has no slope", () => {
  assert.throws(() => findTrend([[1, 1]]), RangeError);
  assert.throws(() => findTrend([[1, 1], [1, 2]]), RangeError);
});

Deno.test("findTopSlope() returns the slope of a line", () => {
  const isNear = (slope: number, expected: number) =>
    assert.ok(Math.abs(slope - expected) < 1e-9, `${slope}`);
  isNear(findTopSlope(line(3, () => 0)), 3);
  isNear(findTopSlope([[0, 5], [2, 1]]), -2);
});

Deno.test("findTopSlope() follows the tops, however deep the valleys are", () => {
  const slope = findTopSlope(line(0.5, (i) => i % 20 < 9 ? -1_000 * i : 0));
  assert.ok(Math.abs(slope - 0.5) < 1e-9, `${slope}`);
});

Deno.test("findTopSlope() refuses what has no slope", () => {
  assert.throws(() => findTopSlope([[1, 1]]), RangeError);
  assert.throws(() => findTopSlope([[1, 1], [1, 2]]), RangeError);
});
