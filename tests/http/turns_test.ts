import assert from "node:assert/strict";
import { takeTurns } from "../../lib/http/turns.ts";
import { ManualClock } from "../manual_clock.ts";

/** Lets everything run that only waits for promises. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("takeTurns() works in order, and rests twenty times as long as the work took", async () => {
  const clock = new ManualClock();
  const inTurn = takeTurns(clock, new AbortController().signal);
  const begun: string[] = [];
  const work = (name: string, tookMs: number) => () => {
    begun.push(`${name} at ${clock.monotonicMs()}`);
    clock.advance(tookMs);
    return Promise.resolve(name);
  };
  const first = inTurn(work("first", 100));
  const second = inTurn(work("second", 0));
  const third = inTurn(work("third", 10));
  const fourth = inTurn(work("fourth", 1));
  assert.equal(await first, "first");
  await settle();
  clock.advance(1999);
  await settle();
  assert.deepEqual(begun, ["first at 0"]);
  clock.advance(1);
  assert.deepEqual(await Promise.all([second, third]), ["second", "third"]);
  await settle();
  clock.advance(200);
  assert.equal(await fourth, "fourth");
  assert.deepEqual(begun, ["first at 0", "second at 2100", "third at 2100", "fourth at 2310"]);
});

Deno.test("takeTurns() goes on after work that fails", async () => {
  const inTurn = takeTurns(new ManualClock(), new AbortController().signal);
  const failed = inTurn(() => Promise.reject(new Error("broken")));
  const done = inTurn(() => Promise.resolve(1));
  await assert.rejects(failed, { message: "broken" });
  assert.equal(await done, 1);
});

Deno.test("takeTurns() rests no longer once it is stopped", async () => {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const inTurn = takeTurns(clock, stopping.signal);
  await inTurn(() => Promise.resolve(clock.advance(100)));
  const next = inTurn(() => Promise.resolve(2));
  await settle();
  stopping.abort();
  assert.equal(await next, 2);
});
