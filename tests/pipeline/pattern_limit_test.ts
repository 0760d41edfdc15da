// Expensive records must not stop the pipeline: a pattern has a time limit, and a turn ends between two runs of records.

import assert from "node:assert/strict";
import { fakeBatch } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { at, rig } from "./pipeline_rig.ts";

const HOSTILE = `${"a".repeat(40)}!`;

/** Each reading takes 60 ms. */
class SlowClock extends ManualClock {
  override monotonicMs(): number {
    this.advance(60);
    return super.monotonicMs();
  }
}

for (
  const [name, from, valueOf] of [
    ["values", { kind: "value" }, (text: string) => text],
    ["JSON", { kind: "field", path: "$.m" }, (text: string) => JSON.stringify({ m: [text, "\u0001"] })],
  ] as const
) {
  Deno.test(`Pipeline.turn() skips records on which the pattern takes too long, in ${name}`, () => {
    const { source, run, counts, closed, outputs } = rig({ reading: { from }, pattern: "(a+)+$" });
    const [queue] = source.assign([{}]);
    const texts = ["a", HOSTILE, "aa", "aaa", HOSTILE, HOSTILE, "a"];
    queue.push(fakeBatch(texts.map((text, i) => at(i, i === 6 ? 9_000 : 1_000, valueOf(text)))));
    run();
    assert.equal(counts["taken events"], 7);
    assert.equal(counts["skipped pattern_limit"], 3);
    assert.equal(outputs.skipped.length, 3);
    assert.equal(counts["words"], 4);
    assert.equal(closed.at(-1)?.records, 3);
  });
}

Deno.test("Pipeline.turn() ends between two records when the turn takes long", () => {
  const clock = new SlowClock({ nowMs: 1_000_000 });
  const { source, run, counts } = rig({ clock, maxRecordBytes: 2_000_000 });
  const [queue] = source.assign([{}]);
  const value = "a".repeat(1_000_000);
  queue.push(fakeBatch([0, 1, 2, 3].map((offset) => at(offset, 1_000, value))));
  run(1);
  assert.ok(counts["taken events"] < 4);
  run();
  assert.equal(counts["taken events"], 4);
});
