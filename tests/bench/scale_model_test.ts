import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cpuSecondsPerMillion,
  fitModel,
  type Measured,
  type ScaleModel,
  speedup,
  wordsPerReport,
} from "../../bench/scale/model.ts";

const MODEL: ScaleModel = {
  recordsPerPane: 100_000,
  recordNs: 900,
  reportNs: 60,
  addNs: 100,
  words: { scale: 20, exponent: 0.7 },
};

/** A run that behaves as the model says. */
const measure = (model: ScaleModel, members: number): Measured => ({
  members,
  recordsPerPane: model.recordsPerPane,
  wordsPerReport: wordsPerReport(model, members),
  cpuSecondsPerMillion: cpuSecondsPerMillion(model, members),
});

Deno.test("fitModel() finds the constants of runs that follow a model", () => {
  const positive = fc.double({ min: 1, max: 2_000, noNaN: true });
  fc.assert(fc.property(positive, positive, positive, (recordNs, reportNs, addNs) => {
    const model = { ...MODEL, recordNs, reportNs, addNs };
    const plain = { ...measure(model, 1), cpuSecondsPerMillion: recordNs / 1_000 };
    const fitted = fitModel({ plain, one: measure(model, 1), two: measure(model, 2) });
    for (const members of [1, 2, 4, 100]) {
      const expected = cpuSecondsPerMillion(model, members);
      assert.ok(Math.abs(cpuSecondsPerMillion(fitted, members) / expected - 1) < 1e-6);
    }
  }));
});

Deno.test("speedup() is linear without words to add up, and bounded with them", () => {
  assert.equal(speedup({ ...MODEL, reportNs: 0, addNs: 0 }, 10), 10);
  assert.equal(speedup(MODEL, 1), 1);
  assert.ok(speedup(MODEL, 4) < 4);
  // Each member adds up the words of all: beyond some size more members bring less than they cost.
  assert.ok(
    speedup({ ...MODEL, recordsPerPane: 100 }, 100) < speedup({ ...MODEL, recordsPerPane: 1e6 }, 100),
  );
});
