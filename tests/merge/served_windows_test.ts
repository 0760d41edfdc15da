import assert from "node:assert/strict";
import { ServedWindows } from "../../lib/merge/served_windows.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";

function setUp(servedUntilMs = -Infinity) {
  const written: (number | null)[] = [];
  const topic = { isSettled: false, write: ({ result }: ClosedWindow) => void written.push(result.endMs) };
  const windows = new ServedWindows(topic, servedUntilMs);
  const put = (endMs: number, records = 1, top: WindowResult["top"] = []) => {
    const result = { startMs: endMs - 10, endMs, records, words: 1, distinct: 1, error: 0, top };
    windows.put({ result, partitions: [] });
  };
  return { topic, written, windows, put };
}

const UNTOLD = { toldUntilMs: -Infinity };

Deno.test("ServedWindows writes nothing while another member does, and drops what that one has written", () => {
  const { written, windows, put } = setUp();
  for (const endMs of [10, 20, 30]) put(endMs);
  windows.turn({ isWriter: false, ...UNTOLD });
  windows.turn({ isWriter: false, toldUntilMs: 20 });
  assert.deepEqual([written, windows.servedUntilMs], [[], 20]);
  windows.turn({ isWriter: true, toldUntilMs: 20 });
  assert.deepEqual(written, [30]);
});

Deno.test("ServedWindows says that windows are served once the topic has all of them", () => {
  const { topic, written, windows, put } = setUp();
  put(10);
  put(20, 0);
  windows.turn({ isWriter: true, ...UNTOLD });
  assert.deepEqual([written, windows.servedUntilMs], [[10], -Infinity]);
  topic.isSettled = true;
  windows.turn({ isWriter: true, ...UNTOLD });
  assert.deepEqual([written, windows.servedUntilMs], [[10], 20]);
  put(30, 0);
  windows.turn({ isWriter: true, ...UNTOLD });
  assert.equal(windows.servedUntilMs, 30, "a window without records needs no writing");
});

Deno.test("ServedWindows writes again what no report has told, each time that the duty comes back", () => {
  const { written, windows, put } = setUp();
  put(10);
  for (const isWriter of [true, true, false, true]) windows.turn({ isWriter, ...UNTOLD });
  assert.deepEqual(written, [10, 10]);
});

Deno.test("ServedWindows begins after the windows of a commit, and keeps no more than its bound", () => {
  const { written, windows, put } = setUp(10);
  put(10);
  for (let n = 2; n <= 10_002; n++) put(n * 10);
  windows.turn({ isWriter: true, ...UNTOLD });
  assert.deepEqual([written.length, written[0]], [10_000, 30]);
});

Deno.test("ServedWindows keeps no more bytes than its bound, and gives the oldest up", () => {
  const { written, windows, put } = setUp();
  const top = Array.from({ length: 1_000 }, () => ({ word: "x".repeat(256), count: 1 }));
  for (let n = 1; n <= 100; n++) put(n * 10, 1, top);
  windows.turn({ isWriter: true, ...UNTOLD });
  assert.deepEqual([written.length, written.at(-1)], [55, 1_000]);
  windows.turn({ isWriter: true, toldUntilMs: 1_000 });
  for (let n = 101; n <= 200; n++) put(n * 10);
  windows.turn({ isWriter: true, toldUntilMs: 1_000 });
  assert.equal(written.length, 155, "what is served makes room");
});
