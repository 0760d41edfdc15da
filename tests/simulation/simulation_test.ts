// Tests the whole daemon, from Kafka's requests to the emitted windows, in simulated time against a simulated cluster,
// through the crashes, rebalances and outages of a seed.

import assert from "node:assert/strict";
import { CALM } from "./calm.ts";
import { makeScenario } from "./scenario.ts";
import type { Rule } from "../merge/group_rules.ts";
import type { SeedFailure, SeedShare } from "./seed_worker.ts";
import { simulate } from "./simulation.ts";

/** `SOAK=1 deno test -P tests/simulation` takes 10,000, some 10 minutes on two cores. Half of the groups merge their counts. */
const SEEDS = Deno.env.get("QUICK") === "1" ? 50 : Deno.env.get("SOAK") === "1" ? 10_000 : 600;
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

/** Each rule of merging groups that members can leave out here, with a seed that needs it. */
const RULES: readonly (readonly [Rule, number])[] = [
  ["older epochs are void", 9],
  ["a member reads up to its marker", 9],
  ["the log says what is counted", 6],
  ["who holds the group back waits for nobody", 2],
  ["only its reader closes for a partition", 9],
];

Deno.test("simulation: windows of merging members are not exact without any one of the rules", async () => {
  for (const [without, seed] of RULES) {
    await assert.rejects(() => simulate(makeScenario(seed), { without }), without);
  }
});

Deno.test("simulation: a seed gives the same events each time", async () => {
  for (const seed of [1, 7, 42]) {
    const stories = [[], []] as string[][];
    for (const story of stories) await simulate(makeScenario(seed), { write: (line) => story.push(line) });
    assert.deepEqual(stories[0], stories[1]);
  }
});

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
  }, { write: (line) => story.push(line) });
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
  }, { write: (line) => story.push(line) });
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
  }, { write: (line) => story.push(line) });
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
  }, { write: (line) => story.push(line) });
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
  }, { write: (line) => story.push(line) });
  const closed = story.filter((line) => /closes/.test(line));
  assert.ok(closed.length > 10);
  for (const line of closed) assert.match(line, /closes \d+ of 0,1:/);
});
