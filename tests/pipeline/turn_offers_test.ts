import assert from "node:assert/strict";
import type { Lane } from "../../lib/pipeline/lane.ts";
import { TurnOffers } from "../../lib/pipeline/turn_offers.ts";

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
  const turnOffers = new TurnOffers({ replayGrant: (_nowMs, wanted) => wanted });
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
