import assert from "node:assert/strict";
import fc from "fast-check";
import { type Claim, shareByLag } from "../../lib/rate/lag_share.ts";

function claims(lags: readonly number[], available: number): Claim[] {
  return lags.map((lag) => ({ available, lag, credit: 0, grant: 0 }));
}

/** Divides `tokens` repeatedly among claims that never run dry; returns the sum of each claim's grants. */
function shareOften(
  parties: readonly Claim[],
  { tokens, times }: { tokens: number; times: number },
): number[] {
  const given = parties.map(() => 0);
  for (let n = 0; n < times; n++) {
    shareByLag(tokens, parties);
    parties.forEach(({ grant }, index) => given[index] += grant);
  }
  return given;
}

const wish = fc.record({
  available: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 100_000 })),
  lag: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1e12 })),
});

Deno.test("shareByLag() grants whole records, never more than is available, and all tokens", () => {
  const round = fc.record({
    tokens: fc.oneof(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.constant(Infinity),
    ),
    wishes: fc.array(wish, { minLength: 20, maxLength: 20 }),
  });
  fc.assert(fc.property(fc.array(round, { minLength: 1, maxLength: 20 }), (rounds) => {
    const parties = claims(new Array(20).fill(0), 0);
    for (const { tokens, wishes } of rounds) {
      parties.forEach((party, index) => Object.assign(party, wishes[index]));
      const wanted = wishes.reduce((sum, { available }) => sum + available, 0);
      const granted = shareByLag(tokens, parties);
      assert.equal(granted, Math.min(tokens, wanted));
      assert.equal(parties.reduce((sum, { grant }) => sum + grant, 0), granted);
      for (const { grant, available, credit } of parties) {
        assert.ok(Number.isInteger(grant) && grant >= 0 && grant <= available);
        assert.ok(Math.abs(credit) <= parties.length, `credit ${credit}`);
      }
    }
  }));
});

Deno.test("shareByLag() is proportional to lag in the long run", () => {
  const lag = fc.integer({ min: 500, max: 1000 }); // no lag so small that the least weight applies
  fc.assert(fc.property(
    fc.array(lag, { minLength: 1, maxLength: 30 }),
    fc.constantFrom(1, 2, 7, 100),
    (lags, tokens) => {
      const times = 300;
      const given = shareOften(claims(lags, 1e6), { tokens, times });
      const total = lags.reduce((sum, each) => sum + each, 0);
      given.forEach((count, index) => {
        const fair = tokens * times * lags[index] / total;
        assert.ok(Math.abs(count - fair) <= lags.length, `${count} of ${fair}`);
      });
    },
  ));
});

Deno.test("shareByLag() serves every partition within a bounded number of tokens", () => {
  const lag = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 1e9 }));
  fc.assert(
    fc.property(fc.array(lag, { minLength: 1, maxLength: 64 }), fc.constantFrom(1, 3), (lags, tokens) => {
      const parties = claims(lags, 1000);
      const since = lags.map(() => 0);
      for (let given = 0; given < lags.length * 60; given += tokens) {
        shareByLag(tokens, parties);
        parties.forEach(({ grant }, index) => {
          since[index] = grant > 0 ? 0 : since[index] + tokens;
          assert.ok(since[index] <= lags.length * 22 + tokens, `no grant for ${since[index]} tokens`);
        });
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("shareByLag() serves equal partitions in rotation", () => {
  const parties = claims([5, 5, 5, 5], 100);
  const turns = Array.from({ length: 8 }, () => {
    shareByLag(1, parties);
    return parties.findIndex(({ grant }) => grant === 1);
  });
  assert.deepEqual(turns, [0, 1, 2, 3, 0, 1, 2, 3]);
});

Deno.test("shareByLag() passes on tokens that a partition cannot use", () => {
  const [small, large, none] = claims([600, 300, 900], 1000);
  small.available = 3;
  none.available = 0;
  assert.equal(shareByLag(100, [small, large, none]), 100);
  assert.deepEqual([small.grant, large.grant, none.grant], [3, 97, 0]);
});

Deno.test("shareByLag() lets no partition save up credit while it is empty, or inherit the debt of others", () => {
  const [idle, busy] = claims([1000, 1000], 1000);
  idle.available = 0;
  for (let n = 0; n < 100; n++) shareByLag(10, [idle, busy]);
  idle.available = 1000;
  shareByLag(10, [idle, busy]);
  assert.deepEqual([idle.grant, busy.grant], [5, 5]);

  const [late] = claims([1000], 1000);
  const indebted = claims([1000, 1000], 1000).map((claim) => ({ ...claim, credit: 50 }));
  const given = shareOften([late, ...indebted], { tokens: 1, times: 6 });
  assert.ok(given[0] >= 0);
  assert.ok(shareOften([late, ...indebted], { tokens: 1, times: 150 })[0] > 0);
});
