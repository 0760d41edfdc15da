import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { runWithin } from "../../lib/text/time_limit.ts";

const LIMIT_MS = 40;
const RUNS = 40;

/** In a promise, as the counting runs: an interrupt outside of `runWithin()` lets it stand still for ever. */
async function runAtTheLimit(): Promise<number> {
  await Promise.resolve();
  let ended = 0;
  for (let i = 0; i < RUNS; i++) {
    // From three quarters of the limit to the same above it.
    const ms = LIMIT_MS * (0.75 + 0.5 * i / RUNS);
    const startMs = systemClock.monotonicMs();
    runWithin(LIMIT_MS, () => {
      while (systemClock.monotonicMs() < startMs + ms);
      ended++;
    });
  }
  return ended;
}

Deno.test("runWithin() never interrupts its caller, however close to the limit the code ends", async () => {
  const ended = await runAtTheLimit();
  assert.ok(ended <= RUNS, `${ended} of ${RUNS} ended`);
});

Deno.test("runWithin() interrupts what does not end, and calls again what is in time", () => {
  let ended = 0;
  runWithin(LIMIT_MS, () => {
    while (true);
  });
  runWithin(60_000, () => ended++);
  assert.equal(ended, 1);
});
