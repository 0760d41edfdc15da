import assert from "node:assert/strict";
import { missingFrom, slowerThan, toBaseline } from "../../bench/baseline.ts";

const row = (name: string, costNs: number | undefined) => ({
  name,
  costNs,
  ratio: 1,
  wanted: 1,
  details: "",
});

Deno.test("toBaseline() returns each row as a multiple of the calibration", () => {
  assert.deepEqual(toBaseline([row("split", 30), row("slide", 1_234_567)], 2), { split: 15, slide: 617_000 });
});

Deno.test("toBaseline() leaves out rows that cannot be compared", () => {
  assert.deepEqual(toBaseline([row("split", 30), row("trickle", undefined)], 2), { split: 15 });
});

Deno.test("slowerThan() names rows that are a quarter slower, on a machine of any speed", () => {
  const before = toBaseline([row("split", 30), row("slide", 1000)], 2);
  assert.deepEqual(slowerThan(before, toBaseline([row("split", 60), row("slide", 2000)], 4)), []);
  const [line, ...others] = slowerThan(before, toBaseline([row("split", 40), row("slide", 1000)], 2));
  assert.match(line, /^split: 1\.33 times what it took/);
  assert.deepEqual(others, []);
});

Deno.test("missingFrom() names rows that the baseline lacks, which are not slower", () => {
  assert.deepEqual(missingFrom({ split: 15 }, { split: 15, slide: 3 }), ["slide"]);
  assert.deepEqual(slowerThan({}, { split: 15 }), []);
});
