import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type FetchCandidate,
  type FetchPlan,
  MAX_QUEUED_BYTES,
  MAX_RESPONSE_BYTES,
  planFetch,
  usualFetchBytes,
} from "../../../lib/kafka/fetch/fetch_plan.ts";

const KIB = 1024;

function candidate(facts: Partial<FetchCandidate> = {}): FetchCandidate {
  return {
    queuedBytes: 0,
    readOffset: 100,
    readableEnd: 100,
    maxBytes: 256 * KIB,
    notBeforeMs: -Infinity,
    ...facts,
  };
}

const full = { queuedBytes: 512 * KIB, readableEnd: 900 };
const lagging = { readableEnd: 900 };

function brief(plan: FetchPlan<FetchCandidate>, candidates: readonly FetchCandidate[]): string {
  if (plan.kind === "wait") return `wait ${plan.waitMs}`;
  const which = plan.partitions.map((one) => candidates.indexOf(one)).join();
  return `fetch ${which} for ${plan.minBytes} bytes or ${plan.maxWaitMs} ms`;
}

for (
  const { name, candidates, lastFetchMs = 900, totalQueuedBytes = 0, wanted } of [
    {
      name: "waits at the broker when nothing lags",
      candidates: [{}, {}],
      wanted: "fetch 0,1 for 16384 bytes or 500 ms",
    },
    {
      name: "fetches known records at once",
      candidates: [lagging, {}],
      wanted: "fetch 0,1 for 1 bytes or 500 ms",
    },
    {
      name: "leaves out partitions without records while others have some, for a while",
      candidates: [{}, lagging, {}],
      lastFetchMs: 901,
      wanted: "fetch 1 for 1 bytes or 500 ms",
    },
    {
      name: "names all partitions with an unknown end, however many have records",
      candidates: [{ ...lagging, maxBytes: MAX_RESPONSE_BYTES }, lagging, { readableEnd: -1 }, {
        readableEnd: -1,
      }],
      wanted: "fetch 0,2,3 for 1 bytes or 0 ms",
    },
    {
      name: "fetches at once for an unknown end",
      candidates: [{ readableEnd: -1 }, {}],
      wanted: "fetch 0,1 for 1 bytes or 0 ms",
    },
    { name: "waits for room when all is full", candidates: [full], wanted: "wait Infinity" },
    {
      name: "does not fetch idle partitions while another is full and was fetched lately",
      candidates: [full, {}],
      wanted: "wait 400",
    },
    {
      name: "fetches idle partitions without a wait at the broker while another is full",
      candidates: [full, {}],
      lastFetchMs: 500,
      wanted: "fetch 1 for 1 bytes or 0 ms",
    },
    {
      name: "does not let full partitions block lagging ones",
      candidates: [full, lagging],
      wanted: "fetch 1 for 1 bytes or 0 ms",
    },
    {
      name: "fetches only for empty queues when all queues together are at the limit",
      candidates: [{ ...lagging, queuedBytes: 1 }, lagging],
      totalQueuedBytes: MAX_QUEUED_BYTES,
      wanted: "fetch 1 for 1 bytes or 0 ms",
    },
    {
      name: "waits until a failed partition may be fetched again",
      candidates: [{ notBeforeMs: 1_250 }, { notBeforeMs: 1_100 }],
      wanted: "wait 100",
    },
    {
      name: "leaves out failed partitions",
      candidates: [{ ...lagging, notBeforeMs: 1_250 }, {}],
      wanted: "fetch 1 for 16384 bytes or 500 ms",
    },
  ]
) {
  Deno.test(`planFetch() ${name}`, () => {
    const all = candidates.map(candidate);
    const plan = planFetch(all, {
      nowMs: 1_000,
      lastFetchMs,
      lastWholeFetchMs: lastFetchMs,
      leanFetches: 8,
      maxWaitMs: 500,
      totalQueuedBytes,
    });
    assert.equal(brief(plan, all), wanted);
  });
}

Deno.test("planFetch() always fetches a partition with an empty queue, sooner or later", () => {
  const arbitrary = fc.record({
    queuedBytes: fc.nat(1024 * KIB),
    readOffset: fc.nat(10),
    readableEnd: fc.integer({ min: -1, max: 10 }),
    maxBytes: fc.constant(256 * KIB),
    notBeforeMs: fc.constant(-Infinity),
  });
  fc.assert(fc.property(fc.array(arbitrary), fc.nat(2 * MAX_QUEUED_BYTES), (others, totalQueuedBytes) => {
    const empty = candidate();
    const times = { nowMs: 1_000, lastFetchMs: 500, lastWholeFetchMs: 500, leanFetches: 8 };
    const state = { ...times, maxWaitMs: 500, totalQueuedBytes };
    const plan = planFetch([...others, empty], state);
    assert.ok(plan.kind === "fetch" && plan.partitions.includes(empty));
  }));
});

Deno.test("planFetch() names as many partitions with records as an answer has room for, the first ones", () => {
  const state = { nowMs: 1_000, lastFetchMs: 999, lastWholeFetchMs: 999, leanFetches: 8, maxWaitMs: 500 };
  const all = Array.from({ length: 100 }, () => candidate(lagging));
  const planned = (totalQueuedBytes: number, candidates = all) => {
    const plan = planFetch(candidates, { ...state, totalQueuedBytes });
    assert.ok(plan.kind === "fetch");
    assert.deepEqual(plan.partitions, candidates.slice(0, plan.partitions.length));
    return [plan.partitions.length, plan.maxBytes];
  };
  assert.deepEqual(planned(0), [64, MAX_RESPONSE_BYTES]);
  assert.deepEqual(planned(MAX_QUEUED_BYTES - 8 * 1024 * KIB), [32, 8 * 1024 * KIB]);
  assert.deepEqual(planned(MAX_QUEUED_BYTES), [4, 1024 * KIB]);
  const large = [candidate({ ...lagging, maxBytes: 2 * MAX_RESPONSE_BYTES }), candidate(lagging)];
  assert.deepEqual(planned(0, large), [1, MAX_RESPONSE_BYTES]);
});

Deno.test("planFetch() fetches very many partitions without records less often", () => {
  for (
    const [idle, sinceMs, leanFetches, isWhole] of [
      [300, 100, 8, true],
      [300, 999, 7, false],
      [300, 1_000, 0, true],
      [2_000, 499, 8, false],
      [2_000, 500, 8, true],
    ] as const
  ) {
    const all = [candidate(lagging), ...Array.from({ length: idle }, () => candidate())];
    const lastWholeFetchMs = 1_000 - sinceMs;
    const times = { nowMs: 1_000, lastFetchMs: 999, lastWholeFetchMs, leanFetches };
    const state = { ...times, maxWaitMs: 500, totalQueuedBytes: 0 };
    const plan = planFetch(all, state);
    assert.ok(plan.kind === "fetch");
    assert.deepEqual([plan.isWhole, plan.partitions.length], [isWhole, isWhole ? idle + 1 : 1]);
  }
});

Deno.test("usualFetchBytes() divides the queues among the partitions that have records", () => {
  const many = (length: number, facts: Partial<FetchCandidate>) =>
    Array.from({ length }, () => candidate(facts));
  assert.equal(usualFetchBytes([...many(1, lagging), ...many(2_000, {})], 256 * KIB), 256 * KIB);
  assert.equal(usualFetchBytes([...many(500, lagging), ...many(500, { queuedBytes: 1 })], 256 * KIB), 33_554);
  assert.equal(usualFetchBytes(many(1_000, { readableEnd: -1 }), 256 * KIB), 33_554);
  assert.equal(usualFetchBytes(many(100_000, lagging), 256 * KIB), 16 * KIB);
});
