import fc from "fast-check";
import assert from "node:assert/strict";
import type { Lane } from "../../lib/pipeline/lane.ts";
import { TurnOffers } from "../../lib/pipeline/turn_offers.ts";

const RULES = { slideMs: 2_000 };
const NO_LIMIT = { replayGrant: (_nowMs: number, wanted: number) => wanted };

interface FakeLane {
  records: number;
  waits?: boolean;
}

/** Lanes of which only the heads matter; a turn takes all that they offer. */
function scene(lanes: readonly FakeLane[]) {
  const all = lanes.map((fake, index) => ({
    index,
    queue: {
      get hasMore() {
        return fake.records > 0;
      },
      decodedBytes: 0,
      releasedMs: undefined,
      lag: 0,
      release() {},
    },
    head: () => true,
    mustWait: fake.waits ?? false,
    replaying: false,
    runLength: (most: number) => Math.min(most, fake.records),
  })) as unknown as Lane[];
  const turnOffers = new TurnOffers(NO_LIMIT, RULES);
  const turn = (records: number) => {
    const { offers, isPartial } = turnOffers.make(all, { records, nowMs: 0 });
    for (const { lane, available } of offers) lanes[lane.index].records -= available;
    return { taken: offers.map(({ lane, available }) => [lane.index, available]), isPartial };
  };
  return { turn, turnOffers, all };
}

Deno.test("TurnOffers.make() divides a turn among the lanes, and serves another one first each time", () => {
  const { turn } = scene([{ records: 1_000 }, { records: 10 }, { records: 1_000 }]);
  assert.deepEqual(turn(410), { taken: [[0, 200], [1, 10], [2, 200]], isPartial: false });
  assert.deepEqual(turn(400).taken, [[2, 200], [0, 200]]);
});

Deno.test("TurnOffers.make() serves some of very many lanes, and the others in the next turns", () => {
  const { turn } = scene(Array.from({ length: 1_000 }, () => ({ records: 64 })));
  for (let from = 0; from < 1_000; from += 100) {
    const { taken, isPartial } = turn(6_400);
    assert.deepEqual(taken, Array.from({ length: 100 }, (_, n) => [from + n, 64]));
    assert.equal(isPartial, from < 900);
  }
});

Deno.test("TurnOffers.make() looks behind lanes that wait", () => {
  const { turn } = scene([...Array.from({ length: 50 }, () => ({ records: 9, waits: true })), {
    records: 9,
  }]);
  const { taken, isPartial } = turn(64);
  assert.deepEqual(taken.filter(([, records]) => records > 0), [[50, 9]]);
  assert.equal(isPartial, false);
});

Deno.test("TurnOffers.stopAt() makes the next turn begin with that lane", () => {
  const { turn, turnOffers, all } = scene(Array.from({ length: 4 }, () => ({ records: 1_000 })));
  turn(400);
  turnOffers.stopAt(all[3]);
  assert.deepEqual(turn(400).taken.map(([index]) => index), [3, 0, 1, 2]);
});

/** Lanes whose records have these event times; a turn takes all that they offer, and returns their slides. */
function timedScene(lanes: readonly (readonly number[])[]) {
  const taken = lanes.map(() => 0);
  const all = lanes.map((timesMs, index) => ({
    index,
    get orderMs() {
      const nextMs = timesMs[taken[index]];
      return Number.isNaN(nextMs) ? -Infinity : nextMs;
    },
    queue: {
      get hasMore() {
        return taken[index] < timesMs.length;
      },
      decodedBytes: 0,
      releasedMs: undefined,
      lag: 0,
    },
    head: () => true,
    mustWait: false,
    replaying: false,
    runLength: (most: number, untilMs: number) => {
      const left = timesMs.slice(taken[index], taken[index] + most);
      const end = left.findIndex((timeMs, n) => n > 0 && timeMs >= untilMs);
      return end < 0 ? left.length : end;
    },
  })) as unknown as Lane[];
  const offers = new TurnOffers(NO_LIMIT, RULES);
  const turn = (records: number) => {
    const made = offers.make(all, { records, nowMs: 0 });
    const slides: number[] = [];
    for (const { lane: { index }, available } of made.offers) {
      const times = lanes[index].slice(taken[index], taken[index] + available);
      slides.push(...times.map((timeMs) => Math.floor(timeMs / RULES.slideMs)));
      taken[index] += available;
    }
    return { slides, isPartial: made.isPartial, isDone: !all.some(({ queue }) => queue.hasMore) };
  };
  return { turn };
}

Deno.test("TurnOffers.make() lets very many lanes advance together: a pane has records in few turns, and they follow each other", () => {
  const slides = 40;
  const times = Array.from({ length: slides * 3 }, (_, n) => Math.floor(n / 3) * RULES.slideMs + 7);
  const { turn } = timedScene(Array.from({ length: 1_000 }, () => times));
  const turnsOf = new Map<number, Set<number>>();
  for (let n = 0, isDone = false; !isDone; n++) {
    const made = turn(3_000);
    isDone = made.isDone;
    for (const slide of made.slides) turnsOf.set(slide, (turnsOf.get(slide) ?? new Set()).add(n));
  }
  assert.equal(turnsOf.size, slides);
  for (const turns of turnsOf.values()) {
    // Four panes of 3,000 records are four turns.
    assert.ok(turns.size <= 5, `${[...turns]}`);
    assert.equal(Math.max(...turns) - Math.min(...turns), turns.size - 1);
  }
});

Deno.test("TurnOffers.make() fills each turn or serves every lane, and takes every record, whatever the event times are", () => {
  const time = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
    fc.constantFrom(NaN, 1e15, -1e15),
  );
  const lane = fc.oneof(
    fc.array(time, { minLength: 1, maxLength: 90 }),
    fc.tuple(time, fc.integer({ min: 1, max: 150 })).map(([timeMs, count]) => Array(count).fill(timeMs)),
  );
  fc.assert(
    fc.property(
      fc.array(lane, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 400 }),
      (lanes, records) => {
        const { turn } = timedScene(lanes);
        let left = lanes.flat().length;
        while (true) {
          const { slides, isPartial, isDone } = turn(records);
          assert.ok(slides.length > 0);
          if (isPartial) assert.ok(slides.length >= records, `${slides.length} of ${records}`);
          left -= slides.length;
          if (isDone) break;
        }
        assert.equal(left, 0);
      },
    ),
  );
});

Deno.test("TurnOffers.make() serves every lane again and again, also where others have old records without end", () => {
  const lanes = Array.from({ length: 20 }, (_, index) => {
    const isOld = index < 8;
    return Array.from({ length: 20_000 }, (_, n) => isOld ? 7 : 1_000_000 + n * 100);
  });
  const { turn } = timedScene(lanes);
  let live = 0;
  for (let n = 0; n < 300; n++) live += turn(500).slides.filter((slide) => slide >= 500).length;
  // The twelve lanes are three fifths of all. They get less, as the windows wait for the older records.
  assert.ok(live >= 300 * 500 / 10, `${live} records`);
});
