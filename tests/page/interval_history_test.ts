import assert from "node:assert/strict";
import { addSample, type IntervalHistory, MAX_SAMPLES, sampleOf } from "../../lib/page/interval_history.ts";
import { healthyStatus } from "../fakes/fake_daemon.ts";

const sampleAt = (now: number) => sampleOf({ ...healthyStatus(), now });
const times = (history: IntervalHistory) => history.map(({ timeMs }) => timeMs);

Deno.test("sampleOf() leaves out a minimum without backpressure, and unknown rates", () => {
  const status = healthyStatus();
  const sample = sampleOf({
    ...status,
    governor: { ...status.governor, backpressure: false, max: null, limit: null, interval: null },
    rates: null,
  });
  const { timeMs: _, ...values } = sample;
  assert.deepEqual(values, {
    intake: null,
    limit: null,
    min: null,
    max: null,
    processingMs: null,
    schedulingMs: null,
    intervalMs: 1_000,
  });
});

Deno.test("addSample() keeps the newest samples, with a gap for each pause", () => {
  let history: IntervalHistory = [];
  for (const now of [1_000, 3_000, 5_000, 15_000]) history = addSample(history, sampleAt(now), 2_000);
  assert.deepEqual(times(history), [1_000, 3_000, 5_000, 7_000, 15_000]);
  assert.deepEqual(history.map(({ intake }) => intake === undefined), [false, false, false, true, false]);
  for (let i = 0; i < 400; i++) history = addSample(history, sampleAt(20_000 + i * 2_000), 2_000);
  assert.equal(history.length, MAX_SAMPLES);
});

Deno.test("addSample() continues after the clock was set back", () => {
  let history: IntervalHistory = [];
  for (const now of [1_000, 3_000, 5_000, 2_000]) history = addSample(history, sampleAt(now), 2_000);
  assert.deepEqual(times(history), [1_000, 2_000]);
});
