import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import { systemClock } from "../../lib/async/clock.ts";

Deno.test("systemClock.sleep() does not wait for a time that has passed, and warns of nothing", async () => {
  const warned = new AbortController();
  const warning = once(process, "warning", { signal: warned.signal });
  const all = Promise.all([0, -0.5, -1_000, -Infinity].map((ms) => systemClock.sleep(ms)));
  assert.equal(await Promise.race([warning, all.then(() => "no warning")]), "no warning");
  warned.abort();
  await assert.rejects(warning, { name: "AbortError" });
});

Deno.test("systemClock.sleep() ends by an abort, however long the wait is", async () => {
  const ending = new AbortController();
  const waits = [1e6, Infinity].map((ms) => systemClock.sleep(ms, ending.signal));
  ending.abort();
  await Promise.all(waits);
  await systemClock.sleep(Infinity, ending.signal);
});
