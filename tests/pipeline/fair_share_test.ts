import assert from "node:assert/strict";
import fc from "fast-check";
import { fairShare } from "../../lib/pipeline/fair_share.ts";

Deno.test("fairShare() of examples", () => {
  const table: readonly (readonly [total: number, runLengths: number[], share: number])[] = [
    [100, [], 100],
    [100, [1000], 100],
    [100, [10, 1000], 90],
    [100, [10, 10, 1000], 80],
    [100, [1000, 1000, 1000], 33],
    [100, [0, -1, 1000], 100],
    [2, [5, 5, 5], 1],
  ];
  for (const [total, runLengths, share] of table) assert.equal(fairShare(total, runLengths), share);
});

Deno.test("fairShare() uses the whole turn as far as there are records, and gives no lane less than another needs", () => {
  const lengths = fc.array(fc.integer({ min: -1, max: 500 }), { minLength: 1, maxLength: 50 });
  fc.assert(fc.property(fc.integer({ min: 64, max: 2_000 }), lengths, (total, runLengths) => {
    const share = fairShare(total, runLengths);
    const wanted = runLengths.reduce((sum, length) => sum + Math.max(0, length), 0);
    const taken = runLengths.reduce((sum, length) => sum + Math.min(Math.max(0, length), share), 0);
    assert.ok(taken <= total, `${taken} of ${total}`);
    // A share is a whole number: less than one record a lane may stay unused.
    assert.ok(taken > Math.min(total, wanted) - runLengths.length, `${taken} of ${total}, wanted ${wanted}`);
  }));
});
