import assert from "node:assert/strict";
import { TaskGroup } from "../../lib/async/task_group.ts";

/** Ends when it is told to, and notes that it did. */
function obedient(ended: string[], name: string) {
  return (signal: AbortSignal) =>
    new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => {
        ended.push(name);
        resolve();
      })
    );
}

Deno.test("TaskGroup.ended() throws the first failure, after all other tasks have ended", async () => {
  const group = new TaskGroup();
  const ended: string[] = [];
  group.spawn(obedient(ended, "a"));
  group.spawn(() => Promise.reject(new Error("broken")));
  group.spawn(obedient(ended, "b"));
  await assert.rejects(group.ended(), /broken/);
  assert.deepEqual(ended, ["a", "b"]);
});

Deno.test("TaskGroup.ended() waits for tasks that tasks have spawned", async () => {
  const group = new TaskGroup();
  const ended: string[] = [];
  group.spawn(async () => {
    await Promise.resolve();
    group.spawn(async () => {
      await Promise.resolve();
      ended.push("inner");
    });
  });
  await group.ended();
  assert.deepEqual(ended, ["inner"]);
});

Deno.test("TaskGroup.stop() ends all tasks, and ignores errors of the interruption", async () => {
  const group = new TaskGroup();
  group.spawn(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    throw new Error("interrupted");
  });
  group.stop();
  await group.ended();
});
