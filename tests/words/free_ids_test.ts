import assert from "node:assert/strict";
import fc from "fast-check";
import { FreeIds } from "../../lib/words/free_ids.ts";

Deno.test("FreeIds.takeLowest() returns -1 when no id is free", () => {
  const free = new FreeIds();
  assert.equal(free.takeLowest(), -1);
  free.add(2_000_000);
  assert.equal(free.takeLowest(), 2_000_000);
  assert.equal(free.takeLowest(), -1);
});

Deno.test("FreeIds equals a sorted set for any sequence of calls", () => {
  // Ids at the borders of each level and between them.
  const anyId = fc.oneof(fc.nat(70), fc.integer({ min: 1_000, max: 1_100 }), fc.nat(100_000));
  const anyStep = fc.record({ kind: fc.constantFrom("add", "add", "take", "delete"), id: anyId });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200, size: "max" }), (steps) => {
      const free = new FreeIds();
      const model = new Set<number>();
      for (const { kind, id } of steps) {
        if (kind === "add") {
          free.add(id);
          model.add(id);
        } else if (kind === "take") {
          const lowest = model.size === 0 ? -1 : Math.min(...model);
          assert.equal(free.takeLowest(), lowest);
          model.delete(lowest);
        } else if (id < free.capacity) {
          free.delete(id);
          model.delete(id);
        }
      }
      for (const id of [...model].sort((a, b) => a - b)) assert.equal(free.takeLowest(), id);
      assert.equal(free.takeLowest(), -1);
    }),
    { numRuns: 300 },
  );
});
