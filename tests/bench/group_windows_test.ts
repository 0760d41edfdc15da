import assert from "node:assert/strict";
import { GroupWindows } from "../../bench/life/group_windows.ts";

const OPTIONS = { lengthMs: 4_000, slideMs: 2_000, partitions: 2, top: 5 };

const counts = {
  block: (endMs: number, { partitions }: { partitions: readonly number[] }) => `${endMs}: ${partitions}`,
  forgetBefore() {},
};

/** @param counted the partitions whose words the block has */
const printed = (endMs: number, partitions: number[], counted = partitions) => ({
  endMs,
  partitions,
  block: counts.block(endMs, { partitions: counted }),
});

Deno.test("GroupWindows.take() compares each window with the partitions that it names", () => {
  const windows = new GroupWindows({ ...OPTIONS, counts, isWhole: false });
  windows.take("a", [printed(4_000, [0]), printed(8_000, [0, 1])]);
  windows.take("b", [printed(4_000, [1])]);
  assert.equal(windows.compared, 3);
  assert.equal(windows.newestEndMs(), 8_000);
  assert.equal(windows.newestEndMs("b"), 4_000);
  assert.equal(windows.newestEndMs("c"), -Infinity);
  assert.throws(() => windows.take("b", [printed(6_000, [1], [0])]), /b, the window that ends at 6000/);
  assert.throws(() => windows.take("a", [printed(6_000, [0])]), /a: after 8000 comes 6000/);
});

Deno.test("GroupWindows.take() wants every window of all partitions where the group merges", () => {
  const windows = new GroupWindows({ ...OPTIONS, counts, isWhole: true });
  windows.take("a", [printed(4_000, [0, 1]), printed(6_000, [0, 1])]);
  assert.throws(() => windows.take("a", [printed(8_000, [0])]), /a, the window that ends at 8000/);
  assert.throws(() => windows.take("a", [printed(10_000, [0, 1])]), /a: after 6000 comes 10000/);
});

Deno.test("GroupWindows.forget() keeps what a member that takes over may print again", () => {
  const forgotten: number[] = [];
  const windows = new GroupWindows({
    ...OPTIONS,
    counts: { ...counts, forgetBefore: (ms: number) => forgotten.push(ms) },
    isWhole: false,
  });
  windows.take("a", [printed(10_000_000, [0])]);
  windows.forget();
  assert.deepEqual(forgotten, [10_000_000 - 3_600_000 - 4_000]);
});
