import assert from "node:assert/strict";
import { Pace } from "../../lib/async/pace.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

function pauses(pace: Pace, count: number): number[] {
  return Array.from({ length: count }, () => pace.nextPauseMs());
}

Deno.test("Pace.nextPauseMs() leaves some requests free, then doubles up to 2 s", () => {
  const pace = new Pace(new ManualClock(), { freeRequests: 2 });
  assert.deepEqual(pauses(pace, 9), [0, 0, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  assert.equal(pace.isSlow, true);
});

Deno.test("Pace.progress() ends the pauses", () => {
  const pace = new Pace(new ManualClock(), { freeRequests: 1 });
  pauses(pace, 5);
  pace.progress();
  assert.equal(pace.isSlow, false);
  assert.deepEqual(pauses(pace, 2), [0, 100]);
});

Deno.test("Pace.nextPauseMs() forgets requests after a while without any, and not because of its own pauses", () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, { freeRequests: 1 });
  for (let request = 0; request < 10; request++) clock.advance(pace.nextPauseMs());
  assert.equal(pace.isSlow, true);
  clock.advance(6_000);
  assert.deepEqual(pauses(pace, 2), [0, 100]);
});

Deno.test("Pace.wait() ends with its signal", async () => {
  const pace = new Pace(new ManualClock(), { freeRequests: 0 });
  const stopping = new AbortController();
  const waiting = pace.wait(stopping.signal);
  stopping.abort();
  await waiting;
});
