import assert from "node:assert/strict";
import fc from "fast-check";
import { MinimumTree } from "../../lib/window/minimum_tree.ts";

Deno.test("MinimumTree.smallest is Infinity before any number is set", () => {
  for (const length of [0, 1, 2, 3, 1000]) assert.equal(new MinimumTree(length).smallest, Infinity);
});

Deno.test("MinimumTree.smallest is the smallest of the numbers, whatever changes", () => {
  const value = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(Infinity, -Infinity));
  const steps = fc.array(fc.tuple(fc.nat(40), value), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), steps, (length, changes) => {
    const tree = new MinimumTree(length);
    const plain = new Array<number>(length).fill(Infinity);
    for (const [at, to] of changes) {
      const index = at % length;
      plain[index] = to;
      tree.set(index, to);
      assert.equal(tree.get(index), to);
      assert.equal(tree.smallest, Math.min(...plain));
    }
  }));
});
