import assert from "node:assert/strict";
import fc from "fast-check";
import { type Sight, type Verdict, Watchdog } from "../../../lib/kafka/fetch/watchdog.ts";

const PATIENCE_MS = 30_000;
const LOOK_MS = 1_000;

function sight(changes: Partial<Sight> = {}): Sight {
  return {
    key: "t/0",
    answers: 0,
    readOffset: 0,
    readableEnd: -1,
    hasMore: false,
    hasLeader: true,
    ...changes,
  };
}

/** Looks once a second at what `at` shows at that second, up to the first stall. */
function watch(
  at: (second: number) => readonly Sight[],
  options: { seconds: number; watchdog?: Watchdog },
): { verdict: Verdict; second: number } {
  const { seconds, watchdog = new Watchdog({ patienceMs: PATIENCE_MS }) } = options;
  let verdict: Verdict = { kind: "unsure" };
  for (let second = 0; second <= seconds; second++) {
    verdict = watchdog.look(at(second), second * LOOK_MS);
    if (verdict.kind === "stalled") return { verdict, second };
  }
  return { verdict, second: seconds };
}

const PROGRESS: readonly { name: string; at: (second: number) => Sight }[] = [
  { name: "is answered at the end", at: (answers) => sight({ answers, readOffset: 7, readableEnd: 7 }) },
  {
    name: "moves, however much there is",
    at: (second) => sight({ answers: second, readOffset: second, readableEnd: 10_000 }),
  },
  {
    name: "is answered every 25 s",
    at: (second) => sight({ answers: Math.floor(second / 25), readOffset: 3, readableEnd: 3 }),
  },
  { name: "has not taken what came", at: () => sight({ answers: 1, readableEnd: 9, hasMore: true }) },
];

for (const { name, at } of PROGRESS) {
  Deno.test(`Watchdog.look() is content with a partition that ${name}`, () => {
    assert.deepEqual(watch((second) => [at(second)], { seconds: 600 }).verdict, { kind: "well" });
  });
}

Deno.test("Watchdog.look() does not blame the client for a partition without a leader, nor calls that well", () => {
  const { verdict } = watch(() => [sight({ hasLeader: false })], { seconds: 600 });
  assert.deepEqual(verdict, { kind: "unsure" });
});

const STALLS: readonly { name: string; at: (second: number) => Sight; reason: RegExp }[] = [
  { name: "is never answered", at: () => sight(), reason: /^no fetch of t\/0 has been answered for 30 s$/ },
  {
    name: "is answered no more",
    at: () => sight({ answers: 5, readOffset: 8, readableEnd: 8 }),
    reason: /^no fetch of t\/0 has been answered/,
  },
  {
    name: "is answered without ever moving",
    at: (second) => sight({ answers: second, readOffset: 4, readableEnd: 9 }),
    reason: /^t\/0 has been at offset 4 for 30 s, with records up to 9$/,
  },
];

for (const { name, at, reason } of STALLS) {
  Deno.test(`Watchdog.look() tells of a partition that ${name}`, () => {
    const others = (second: number) => sight({ key: "t/1", answers: second, readOffset: 1, readableEnd: 1 });
    const { verdict, second } = watch((second) => [others(second), at(second)], { seconds: 60 });
    assert.equal(verdict.kind, "stalled");
    assert.match(verdict.reason, reason);
    assert.ok(second >= PATIENCE_MS / LOOK_MS && second <= PATIENCE_MS / LOOK_MS + 1, `${second} s`);
  });
}

Deno.test("Watchdog.look() does not count the time for which the process itself stood still", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  watchdog.look([sight()], 0);
  assert.equal(watchdog.look([sight()], 3_600_000).kind, "unsure");
});

Deno.test("Watchdog.begin() starts over: what was well has to be seen again", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  watchdog.look([sight()], 0);
  assert.equal(watchdog.look([sight({ answers: 1, readableEnd: 0 })], 1_000).kind, "well");
  watchdog.begin();
  assert.equal(watchdog.look([], 2_000).kind, "well");
  // A new session counts its answers from 0; that is no progress.
  assert.equal(watchdog.look([sight()], 3_000).kind, "unsure");
  assert.equal(watchdog.look([sight({ answers: 1, readableEnd: 0 })], 4_000).kind, "well");
});

Deno.test("Watchdog.look() has twice the patience with a partition that a new client did not help, up to 16 times", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  const waits = Array.from({ length: 7 }, () => {
    watchdog.begin();
    return watch(() => [sight()], { seconds: 600, watchdog }).second;
  });
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 480, 480]);
  watchdog.look([sight({ answers: 1, readableEnd: 0 })], 600_000);
  watchdog.begin();
  assert.equal(watch(() => [sight({ answers: 1, readableEnd: 0 })], { seconds: 60, watchdog }).second, 30);
});

Deno.test("Watchdog.look() tells of a stall exactly when a partition has been quiet for its patience", () => {
  const moment = fc.record({
    isAnswered: fc.boolean(),
    hasMoved: fc.boolean(),
    hasMore: fc.boolean(),
    hasLeader: fc.boolean(),
    stepMs: fc.integer({ min: 1, max: 1_999 }),
  });
  fc.assert(fc.property(fc.array(moment, { maxLength: 100 }), (moments) => {
    const watchdog = new Watchdog({ patienceMs: 3_000 });
    const end = 1_000_000;
    let now = sight({ readableEnd: end });
    let nowMs = 0;
    let quietMs = 0;
    watchdog.look([now], nowMs);
    for (const { isAnswered, hasMoved, hasMore, hasLeader, stepMs } of moments) {
      nowMs += stepMs;
      const { answers, readOffset } = now;
      now = {
        ...now,
        answers: answers + Number(isAnswered),
        readOffset: readOffset + Number(hasMoved),
        hasMore,
        hasLeader,
      };
      quietMs = hasMoved || hasMore || !hasLeader ? 0 : quietMs + stepMs;
      const { kind } = watchdog.look([now], nowMs);
      assert.equal(kind === "stalled", quietMs >= 3_000);
      if (kind === "stalled") return;
    }
  }));
});
