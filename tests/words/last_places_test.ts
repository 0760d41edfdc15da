import assert from "node:assert/strict";
import fc from "fast-check";
import { LastPlaces } from "../../lib/words/last_places.ts";

const SLIDE_MS = 10;
const PARTITIONS = 3;
const IDS = 6;

interface NaivePlace {
  readonly slide: number;
  readonly partition: number;
  readonly offset: number;
}

const run = fc.record({
  kind: fc.constant("run" as const),
  partition: fc.nat(PARTITIONS - 1),
  slide: fc.nat(4),
  /** The ids of each text. */
  texts: fc.array(fc.array(fc.nat(IDS - 1), { maxLength: 3 }), { maxLength: 4 }),
  isReversed: fc.boolean(),
});
const step = fc.oneof(
  { weight: 6, arbitrary: run },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), id: fc.nat(IDS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("begin" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), more: fc.nat(5) }) },
);

Deno.test("LastPlaces.placeOf() is the newest noted record of the word, or undefined", () => {
  fc.assert(fc.property(fc.array(step), fc.nat(5), (steps, fromSlide) => {
    const places = new LastPlaces({ slideMs: SLIDE_MS });
    places.resize(IDS, 0);
    places.begin(PARTITIONS);
    const model = new Map<number, NaivePlace>();
    const next = Array.from({ length: PARTITIONS }, () => 2 ** 45);
    for (const one of steps) {
      if (one.kind === "forget") {
        places.forget(one.id);
        model.delete(one.id);
      } else if (one.kind === "begin") {
        places.begin(PARTITIONS);
        model.clear();
      } else if (one.kind === "resize") places.resize(IDS + one.more, IDS);
      else {
        const { partition, slide, texts, isReversed } = one;
        const order = texts.map((_, i) => i);
        if (isReversed) order.reverse();
        const offsets = Float64Array.from(texts, (_, i) => next[partition] + 2 * i);
        next[partition] += 2 * texts.length;
        const ids = order.flatMap((text) => texts[text]);
        const textIndexes = order.flatMap((text) => texts[text].map(() => text));
        places.note({
          ids: Int32Array.from(ids),
          idCount: ids.length,
          textIndexes: Int32Array.from(textIndexes),
          offsets,
        }, { partition, startMs: slide * SLIDE_MS });
        ids.forEach((id, i) => {
          const before = model.get(id);
          const offset = offsets[textIndexes[i]];
          if (before !== undefined && before.slide > slide) return;
          const isOfPartition = before?.slide === slide && before.partition === partition;
          if (isOfPartition && before.offset > offset) return;
          model.set(id, { slide, partition, offset });
        });
      }
    }
    for (let id = 0; id < IDS; id++) {
      const wanted = model.get(id);
      const isInWindow = wanted !== undefined && wanted.slide >= fromSlide;
      assert.deepEqual(
        places.placeOf(id, fromSlide * SLIDE_MS),
        isInWindow ? { partition: wanted.partition, offset: wanted.offset } : undefined,
      );
    }
  }));
});

Deno.test("LastPlaces.placeOf() is undefined for an offset that it cannot keep exactly", () => {
  const places = new LastPlaces({ slideMs: SLIDE_MS });
  places.resize(1, 0);
  places.begin(1000);
  const words = { ids: Int32Array.of(0), idCount: 1, textIndexes: Int32Array.of(0) };
  for (const offset of [2 ** 43, 2 ** 52]) {
    places.note({ ...words, offsets: Float64Array.of(offset) }, { partition: 999, startMs: 0 });
    const isExact = (offset + 1) * 1000 <= 2 ** 53;
    assert.deepEqual(places.placeOf(0, 0), isExact ? { partition: 999, offset } : undefined);
  }
});

Deno.test("LastPlaces takes twelve bytes a word", () => {
  const places = new LastPlaces({ slideMs: SLIDE_MS });
  places.resize(1000, 0);
  assert.equal(places.memoryBytes, 12_000);
});
