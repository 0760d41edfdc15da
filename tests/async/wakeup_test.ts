import assert from "node:assert/strict";
import { Wakeup } from "../../lib/async/wakeup.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";

/** Whether the promise is fulfilled already. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true);
  await settle();
  return done;
}

Deno.test("Wakeup.wait() ends at a ring, or after the time by its clock", async () => {
  const clock = new ManualClock();
  const wakeup = new Wakeup(clock);
  const rung = wakeup.wait(Infinity);
  assert.equal(await isDone(rung), false);
  wakeup.ring();
  assert.equal(await isDone(rung), true);
  const timed = wakeup.wait(100);
  clock.advance(99);
  assert.equal(await isDone(timed), false);
  clock.advance(1);
  assert.equal(await isDone(timed), true);
});

Deno.test("Wakeup.wait() ends at once, and only once, after an earlier ring", async () => {
  const wakeup = new Wakeup(new ManualClock());
  wakeup.ring();
  wakeup.ring();
  assert.equal(await isDone(wakeup.wait(Infinity)), true);
  const second = wakeup.wait(Infinity);
  assert.equal(await isDone(second), false);
  wakeup.ring();
  await second;
});
