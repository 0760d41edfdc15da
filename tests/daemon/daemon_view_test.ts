import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { DaemonView, type ShownParts } from "../../lib/daemon/daemon_view.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { NewWords } from "../../lib/trends/new_words.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { LastPlaces } from "../../lib/words/last_places.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeSource } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";

const CONFIG = parseConfig("source: {synthetic: {tasks: [{name: t, rate: 10}]}}");

/** A view of a window of three panes, with the parts that it needs for words. */
function setUp() {
  const places = new LastPlaces({ slideMs: 10 });
  const words = new WordTable({ places });
  const window = new SlidingWindow({ lengthMs: 30, slideMs: 10, top: 3, words });
  const source = new FakeSource();
  source.assign([{}]);
  const windows = {
    last: undefined as ClosedWindow | undefined,
    isCurrent: true,
    window,
    words,
  };
  const parts = { windows, clock: new ManualClock() } as unknown as ShownParts;
  const view = new DaemonView(CONFIG, parts);
  const add = (timestampMs: number, word: string, offset?: number) => {
    const bytes = new TextEncoder().encode(word);
    window.select(timestampMs);
    const ids = Int32Array.of(words.intern(bytes, 0, bytes.length));
    if (offset !== undefined) {
      const word = { ids, idCount: 1, textIndexes: Int32Array.of(0), offsets: Float64Array.of(offset) };
      places.note(word, { partition: 0, startMs: window.paneStartMs });
    }
    window.add(ids, 1, 1);
  };
  const close = (untilMs: number) =>
    window.closeUntil(untilMs, (result) => {
      assert.ok(source.assignment !== undefined);
      windows.last = { result, partitions: source.assignment.partitions };
    });
  return { view, windows, source, add, close };
}

Deno.test("DaemonView.word() shows the count of any word of the last closed window, pane by pane", () => {
  const { view, add, close } = setUp();
  const hostile = ["a/b", "<script>", '"\n\u202e', "", "言葉"];
  for (const word of hostile.filter((one) => one !== "")) add(15, word);
  add(25, "言葉");
  add(35, "open");
  close(30);
  assert.deepEqual(view.word("言葉"), {
    kind: "found",
    json: '{"word":"言葉","count":2,"panes":[[0,0],[10,1],[20,1]]}',
  });
  for (const word of hostile) {
    const counts = view.word(word);
    assert.equal(counts.kind, word === "" ? "absent" : "found");
    if (counts.kind === "found") assert.equal(JSON.parse(counts.json).word, word);
  }
  for (const word of ["open", " a/b", "A/B"]) {
    assert.deepEqual(view.word(word), {
      kind: "absent",
      reason: `${JSON.stringify(word)} is not in the last closed window`,
    });
  }
});

Deno.test("DaemonView.word() names the newest record with the word that is known", () => {
  const { view, add, close } = setUp();
  add(15, "a", 7);
  add(25, "b");
  close(30);
  const lastOf = (word: string) => {
    const answer = view.word(word);
    return answer.kind === "found" ? JSON.parse(answer.json).last : answer;
  };
  assert.deepEqual(lastOf("a"), { topic: "events", partition: 0, offset: 7 });
  assert.equal(lastOf("b"), undefined);
  add(45, "a");
  close(50);
  // The record is in no pane of this window.
  assert.equal(lastOf("a"), undefined);
});

Deno.test("DaemonView.word() shows no count before the first window or while the partitions change", () => {
  const { view, windows, add, close } = setUp();
  add(5, "a");
  assert.deepEqual(view.word("a"), { kind: "absent", reason: "no window has closed yet" });
  close(10);
  assert.equal(view.word("a").kind, "found");
  windows.isCurrent = false;
  assert.deepEqual(view.word("a"), {
    kind: "unknown",
    reason: "the partitions have changed: wait for the next window",
  });
});

Deno.test("DaemonView.ready() names what is skipped: as the reason before any window can close, then as a note", () => {
  const skipping = "7 records were skipped as future";
  const viewWith = (parts: { unseen: readonly object[]; skipping: string | undefined; streamMs: number }) =>
    new DaemonView(CONFIG, {
      clock: new ManualClock(),
      source: { readiness: { ready: true } },
      pipeline: { unseen: parts.unseen, skipping: parts.skipping },
      watermark: { streamMs: () => parts.streamMs },
    } as unknown as ShownParts);
  const unseen = [{ topic: "t", partition: 0 }];
  const reason = `no record has been counted: ${skipping}`;
  assert.deepEqual(viewWith({ unseen: [], skipping, streamMs: -Infinity }).ready(), { ready: false, reason });
  assert.deepEqual(viewWith({ unseen, skipping, streamMs: -Infinity }).ready(), { ready: false, reason });
  assert.deepEqual(viewWith({ unseen: [], skipping, streamMs: 7 }).ready(), { ready: true, note: skipping });
  assert.deepEqual(viewWith({ unseen: [], skipping: undefined, streamMs: -Infinity }).ready(), {
    ready: true,
  });
});

Deno.test("DaemonView.ready() passes on what slows the source down", () => {
  const readiness = { ready: true, note: "a quota of a broker slows reading down" };
  const view = new DaemonView(CONFIG, {
    clock: new ManualClock(),
    source: { readiness },
    pipeline: { unseen: [], skipping: undefined },
    watermark: { streamMs: () => 7 },
  } as unknown as ShownParts);
  assert.deepEqual(view.ready(), readiness);
});

Deno.test("DaemonView.newWords() has the new words of the last closed window, and more than it emitted on request", () => {
  const words = new WordTable();
  const newWords = new NewWords({
    words,
    slideMs: 10,
    memoryMs: 1_000,
    learnMs: 10,
    minCount: 2,
    isSaved: false,
    log: silentLog,
  });
  const window = new SlidingWindow({ lengthMs: 30, slideMs: 10, top: 1, words, observers: [newWords] });
  const windows = { last: undefined as ClosedWindow | undefined, isCurrent: true, window, words, newWords };
  const view = new DaemonView(CONFIG, { windows, clock: new ManualClock() } as unknown as ShownParts);
  const add = (timestampMs: number, word: string) => {
    const bytes = new TextEncoder().encode(word);
    window.select(timestampMs);
    const id = words.intern(bytes, 0, bytes.length);
    window.add(Int32Array.of(id, id), 2, 1);
  };
  assert.deepEqual(view.newWords(undefined), { kind: "absent", reason: "no window has closed yet" });
  const close = (untilMs: number) =>
    window.closeUntil(untilMs, (result) => {
      newWords.observe(window);
      windows.last = { result: { ...result, newWords: newWords.newest(window, 1) }, partitions: [] };
    });
  const answer = (k?: number) => {
    const found = view.newWords(k);
    return found.kind === "found" ? JSON.parse(found.json) : found;
  };
  add(5, "known");
  close(10);
  assert.deepEqual([answer().learning, answer().new], [true, []]);
  add(55, '"<b>');
  add(55, "a");
  close(60);
  const { learning, error, miss_rate, ...shown } = answer(5);
  assert.deepEqual([learning, error], [false, 0]);
  assert.ok(miss_rate >= 0 && miss_rate < 1e-9);
  assert.deepEqual(shown, { window_start: 30, window_end: 60, new: [['"<b>', 2], ["a", 2]] });
  assert.deepEqual(answer(1).new, [['"<b>', 2]]);
  windows.isCurrent = false;
  assert.deepEqual(answer(5).new, [['"<b>', 2]], "the counts of the window are gone");
});

Deno.test("DaemonView.newWords() says why none are looked for", () => {
  const windows = { last: undefined };
  const viewOf = (config: string) => {
    return new DaemonView(
      parseConfig(config),
      { windows, clock: new ManualClock() } as unknown as ShownParts,
    );
  };
  assert.deepEqual(viewOf("source: {lines: {}}").newWords(undefined), {
    kind: "absent",
    reason: "no new words are looked for: new_words.enabled is false",
  });
  const merging =
    "source: {kafka: {brokers: ['a:9092'], topics: [t]}}\nmerge: {enabled: true}\nnew_words: {enabled: true}";
  assert.deepEqual(viewOf(merging).newWords(undefined), {
    kind: "absent",
    reason: "no new words are looked for: new_words has no effect with merge.enabled",
  });
});
