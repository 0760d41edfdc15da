// Tests the whole daemon, from Kafka's requests to the emitted windows, in simulated time against a simulated cluster,
// through the crashes, rebalances and outages of a seed.

import assert from "node:assert/strict";
import { makeScenario, type Scenario } from "./scenario.ts";
import type { SeedFailure, SeedShare } from "./seed_worker.ts";
import { simulate } from "./simulation.ts";

/** `SOAK=1 deno test -P tests/simulation` takes 10,000, some 4 minutes on two cores. */
const SEEDS = Deno.env.get("QUICK") === "1" ? 50 : Deno.env.get("SOAK") === "1" ? 10_000 : 1_000;
const MAX_FAILURES_SHOWN = 5;

async function runShare(share: SeedShare): Promise<readonly SeedFailure[]> {
  const worker = new Worker(new URL("./seed_worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(share);
    });
  } finally {
    worker.terminate();
  }
}

Deno.test(`simulation: ${SEEDS} seeds`, async () => {
  const step = navigator.hardwareConcurrency;
  const shares = Array.from({ length: step }, (_, from) => runShare({ from, step, until: SEEDS }));
  const failures = (await Promise.all(shares)).flat();
  const shown = failures.slice(0, MAX_FAILURES_SHOWN)
    .map(({ seed, message }) => `${message}\n  deno run -A tests/simulation/replay.ts ${seed}`);
  assert.equal(failures.length, 0, `${failures.length} seeds fail, such as\n${shown.join("\n")}`);
});

Deno.test("simulation: a seed gives the same events each time", async () => {
  for (const seed of [1, 7, 42]) {
    const stories = [[], []] as string[][];
    for (const story of stories) await simulate(makeScenario(seed), (line) => story.push(line));
    assert.deepEqual(stories[0], stories[1]);
  }
});

/** A lone member without faults. */
const CALM: Scenario = {
  seed: 1,
  settings: {
    slideMs: 1_000,
    lengthMs: 3_000,
    latenessMs: 700,
    idleMs: 5_000,
    start: "earliest",
    sessionTimeoutMs: 3_000,
    maxWaitMs: 300,
    maxRate: undefined,
    replayRate: undefined,
    snapshotIntervalMs: undefined,
    partitions: 2,
    brokers: 2,
    members: 1,
    durationMs: 8_000,
    batchGapMs: 100,
    hasLateRecords: false,
    hasFields: false,
    producerClocksMs: [0],
    fetchFaults: 0,
    losses: 0,
    delays: 0,
  },
  faults: [],
};

Deno.test("simulation: the run after a crash reports the offsets that the crashed run found deleted", async () => {
  const story: string[] = [];
  await simulate({
    ...CALM,
    faults: [
      { kind: "crash", atMs: 3_000, member: 0, downMs: 100, cut: undefined },
      { kind: "retention", atMs: 3_001, partition: 0, share: 1 },
      {
        kind: "trap",
        atMs: 3_002,
        member: 0,
        api: "OffsetCommit",
        step: "served",
        downMs: 100,
        cut: undefined,
      },
    ],
  }, (line) => story.push(line));
  assert.ok(story.some((line) => /at OffsetCommit served/.test(line)));
  assert.ok(story.some((line) => /skips \d+ offsets of 0/.test(line)));
});

Deno.test("simulation: a partition that is added during an outage of the brokers is read", async () => {
  const story: string[] = [];
  await simulate({
    ...CALM,
    faults: [
      { kind: "outage", atMs: 3_000, broker: 0, forMs: 2_000 },
      { kind: "new_partition", atMs: 4_000 },
    ],
  }, (line) => story.push(line));
  assert.ok(story.some((line) => /reads 2 from 0/.test(line)));
});

Deno.test("simulation: nothing is read before the group has committed where `latest` begins", async () => {
  const story: string[] = [];
  await simulate({
    ...CALM,
    settings: { ...CALM.settings, start: "latest" },
    faults: [
      { kind: "refusal", atMs: 1, errorCode: 16, forMs: 3_000 },
      { kind: "shake", atMs: 2_000 },
    ],
  }, (line) => story.push(line));
  const reads = story.findIndex((line) => /reads 0 from/.test(line));
  assert.ok(Number.parseInt(story[reads]) > 3_000, story[reads]);
});

Deno.test("simulation: a member without a partition begins with the first one that it gets", async () => {
  const story: string[] = [];
  await simulate({
    ...CALM,
    settings: { ...CALM.settings, start: "latest", members: 2, partitions: 1, durationMs: 15_000 },
    faults: [
      { kind: "refusal", atMs: 1, errorCode: 16, forMs: 6_000 },
      { kind: "crash", atMs: 5_000, member: 0, downMs: 20_000, cut: undefined },
    ],
  }, (line) => story.push(line));
  assert.ok(story.some((line) => /m1 +reads 0 from/.test(line)));
});

Deno.test("simulation: a member that is killed while it joins gets no partitions", async () => {
  const story: string[] = [];
  await simulate({
    ...CALM,
    settings: { ...CALM.settings, durationMs: 12_000 },
    faults: [
      { kind: "crash", atMs: 3_000, member: 0, downMs: 100, cut: undefined },
      { kind: "crash", atMs: 4_000, member: 0, downMs: 100, cut: undefined },
    ],
  }, (line) => story.push(line));
  const closed = story.filter((line) => /closes/.test(line));
  assert.ok(closed.length > 10);
  for (const line of closed) assert.match(line, /closes \d+ of 0,1:/);
});
