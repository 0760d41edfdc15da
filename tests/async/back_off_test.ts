import assert from "node:assert/strict";
import { backOffMs } from "../../lib/async/back_off.ts";

Deno.test("backOffMs() doubles from 250 ms up to 10 s", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 1_000].map((attempt) => backOffMs(attempt, 0)), [
    250,
    500,
    1_000,
    8_000,
    10_000,
    10_000,
  ]);
});

Deno.test("backOffMs() takes off up to half, but never goes below 250 ms", () => {
  assert.equal(backOffMs(3, 0.5), 1_500);
  assert.equal(backOffMs(0, 0.999), 250);
});
