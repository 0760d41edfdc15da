import assert from "node:assert/strict";
import { LinePace } from "../../lib/log/line_pace.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

Deno.test("LinePace.admits() ten lines of a kind in any minute", () => {
  const clock = new ManualClock();
  const pace = new LinePace(clock);
  const admitted = (kind: string, lines: number) =>
    Array.from({ length: lines }, () => pace.admits(kind)).filter(Boolean).length;
  assert.equal(admitted("a", 4), 4);
  clock.advance(30_000);
  assert.equal(admitted("a", 1_000), 6);
  assert.equal(admitted("b", 1_000), 10);
  clock.advance(29_999);
  assert.equal(admitted("a", 1_000), 0);
  clock.advance(1);
  assert.equal(admitted("a", 1_000), 4);
});
