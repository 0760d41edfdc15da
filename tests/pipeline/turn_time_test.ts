import assert from "node:assert/strict";
import { TurnTime } from "../../lib/pipeline/turn_time.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

class CountedClock extends ManualClock {
  readings = 0;

  override monotonicMs(): number {
    this.readings++;
    return super.monotonicMs();
  }
}

function rig(options?: { readonly isPrompt: boolean }) {
  const clock = new CountedClock();
  const turnTime = new TurnTime(clock, "event", options);
  clock.readings = 0;
  return { clock, turnTime };
}

Deno.test("TurnTime.isOver reads the clock once for many small records that take no long time", () => {
  const { clock, turnTime } = rig({ isPrompt: true });
  assert.equal(turnTime.isOver, false);
  clock.advance(101);
  turnTime.took(30, 3_000);
  assert.deepEqual([turnTime.isOver, turnTime.seenMs, clock.readings], [false, 0, 1]);
  turnTime.took(10, 1_000);
  assert.deepEqual([turnTime.isOver, turnTime.seenMs, clock.readings], [true, 101, 2]);
});

Deno.test("TurnTime.isOver reads the clock after a large record, and first in each turn", () => {
  const { clock, turnTime } = rig({ isPrompt: true });
  assert.equal(turnTime.isOver, false);
  clock.advance(101);
  turnTime.took(1, 1_000_000);
  assert.equal(turnTime.isOver, true);
  turnTime.read();
  assert.equal(turnTime.isOver, false);
  clock.advance(101);
  turnTime.read();
  clock.advance(101);
  assert.equal(turnTime.isOver, true);
});

Deno.test("TurnTime.isOver reads the clock each time where a record may take long for its size", () => {
  const { clock, turnTime } = rig();
  assert.equal(turnTime.isOver, false);
  clock.advance(101);
  turnTime.took(1, 1);
  assert.equal(turnTime.isOver, true);
});
