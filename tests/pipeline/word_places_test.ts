import assert from "node:assert/strict";
import fc from "fast-check";
import { fakeBatch, type FakeRecord } from "../fakes/fake_source.ts";
import { at, rig } from "./pipeline_rig.ts";

const SLIDE_MS = 2_000;
const LENGTH_MS = 4_000;

/** Records of a partition: gaps between offsets, and times that mostly grow. */
const log = fc.array(
  fc.record({
    gap: fc.integer({ min: 1, max: 3 }),
    stepMs: fc.integer({ min: -1_500, max: 2_500 }),
    words: fc.array(fc.constantFrom("a", "b", "c", "d", "e f"), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 20 },
);

Deno.test("a place is that of a record with the word, in the window or later", () => {
  fc.assert(fc.property(fc.array(log, { minLength: 1, maxLength: 3 }), (logs) => {
    const { source, run, closed, windows, words } = rig({ slideMs: SLIDE_MS, lengthMs: LENGTH_MS });
    const partitions = logs.map((steps) => {
      let [offset, timestampMs] = [100, 900_000];
      return steps.map(({ gap, stepMs, words }): FakeRecord => {
        offset += gap;
        timestampMs += stepMs;
        return at(offset, timestampMs, words.join(","));
      });
    });
    const queues = source.assign(partitions.map(() => ({})));
    partitions.forEach((records, i) => queues[i].push(fakeBatch(records)));
    const judge = () => {
      const { startMs } = closed.at(-1) ?? {};
      if (typeof startMs !== "number") return;
      for (const { word } of windows.window.topWords(100)) {
        const bytes = new TextEncoder().encode(word);
        const place = words.places?.placeOf(words.find(bytes, 0, bytes.length), startMs);
        if (place === undefined) continue;
        const record = partitions[place.partition].find(({ offset }) => offset === place.offset);
        assert.ok(record !== undefined);
        assert.ok(record.value?.split(",").includes(word), `${word} in ${record.value}`);
        assert.ok(Math.floor(record.timestampMs / SLIDE_MS) * SLIDE_MS >= startMs);
      }
    };
    for (let n = 0; n < 50; n++) {
      run(1);
      judge();
    }
  }));
});

Deno.test("a place is the newest record of a partition that is read in order", () => {
  const { source, run, words } = rig();
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(5, 900_000, "a,b"), at(7, 900_001, "b,a,b"), at(9, 900_002, "b,c")]));
  run();
  const offsets = ["a", "b", "c"].map((word) => {
    const bytes = new TextEncoder().encode(word);
    return words.places?.placeOf(words.find(bytes, 0, bytes.length), 0)?.offset;
  });
  assert.deepEqual(offsets, [7, 9, 9]);
});

Deno.test("an assignment has no place of the one before", () => {
  const { source, run, words } = rig();
  const place = (word: string) => {
    const bytes = new TextEncoder().encode(word);
    const id = words.find(bytes, 0, bytes.length);
    return id < 0 ? undefined : words.places?.placeOf(id, 0);
  };
  const [queue] = source.assign([{}, {}]);
  queue.push(fakeBatch([at(5, 900_000, "a")]));
  run();
  assert.deepEqual(place("a"), { partition: 0, offset: 5 });
  const [, next] = source.assign([{}, {}, {}]);
  run();
  assert.equal(place("a"), undefined);
  next.push(fakeBatch([at(6, 900_000, "a")]));
  run();
  assert.deepEqual(place("a"), { partition: 1, offset: 6 });
});
