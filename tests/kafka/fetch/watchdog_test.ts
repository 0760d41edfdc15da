import assert from "node:assert/strict";
import fc from "fast-check";
import { type FetchFacts, Watchdog, type WatchdogDecision } from "../../../lib/kafka/fetch/watchdog.ts";

const PATIENCE_MS = 30_000;
const CHECK_MS = 1_000;

/** By default the log ends where its records that can be read do. */
function facts({ readableEnd = -1, logEnd = readableEnd, ...changes }: Partial<FetchFacts> = {}): FetchFacts {
  return {
    key: "t/0",
    answers: 0,
    readOffset: 0,
    readableEnd,
    logEnd,
    hasMore: false,
    hasLeader: true,
    isThrottled: false,
    ...changes,
  };
}

/** Checks the facts of each second, up to the first stall. */
function watch(
  at: (second: number) => readonly FetchFacts[],
  options: { seconds: number; watchdog?: Watchdog },
): { decision: WatchdogDecision; second: number } {
  const { seconds, watchdog = new Watchdog({ patienceMs: PATIENCE_MS }) } = options;
  let decision: WatchdogDecision = { kind: "unsure" };
  for (let second = 0; second <= seconds; second++) {
    decision = watchdog.check(at(second), second * CHECK_MS);
    if (decision.kind === "stalled") return { decision, second };
  }
  return { decision, second: seconds };
}

const PROGRESS: readonly { name: string; at: (second: number) => FetchFacts }[] = [
  { name: "is answered at the end", at: (answers) => facts({ answers, readOffset: 7, readableEnd: 7 }) },
  {
    name: "moves, however many records there are",
    at: (second) => facts({ answers: second, readOffset: second, readableEnd: 10_000 }),
  },
  {
    name: "is answered every 25 s",
    at: (second) => facts({ answers: Math.floor(second / 25), readOffset: 3, readableEnd: 3 }),
  },
  {
    name: "is at the end, behind the first open transaction",
    at: (answers) => facts({ answers, readOffset: 7, readableEnd: 5, logEnd: 9 }),
  },
  { name: "has untaken records", at: () => facts({ answers: 1, readableEnd: 9, hasMore: true }) },
];

for (const { name, at } of PROGRESS) {
  Deno.test(`Watchdog.check() accepts a partition that ${name}`, () => {
    assert.deepEqual(watch((second) => [at(second)], { seconds: 600 }).decision, { kind: "progressing" });
  });
}

Deno.test("Watchdog.check() decides neither way for a partition without a leader", () => {
  const { decision } = watch(() => [facts({ hasLeader: false })], { seconds: 600 });
  assert.deepEqual(decision, { kind: "unsure" });
});

const STALLS: readonly { name: string; at: (second: number) => FetchFacts; reason: RegExp }[] = [
  { name: "is never answered", at: () => facts(), reason: /^no fetch of t\/0 has been answered for 30 s$/ },
  {
    name: "is no longer answered",
    at: () => facts({ answers: 5, readOffset: 8, readableEnd: 8 }),
    reason: /^no fetch of t\/0 has been answered/,
  },
  {
    name: "is answered without ever moving",
    at: (second) => facts({ answers: second, readOffset: 4, readableEnd: 9 }),
    reason: /^t\/0 has been at offset 4 for 30 s, with records up to 9$/,
  },
  {
    name: "is beyond the end of the log that the broker says",
    at: (second) => facts({ answers: second, readOffset: 4, readableEnd: 3 }),
    reason: /^t\/0 has been at offset 4 for 30 s, and the broker says that the log ends at 3$/,
  },
  {
    name: "is answered without an end of the log",
    at: (second) => facts({ answers: second, readOffset: 4, logEnd: -9e18 }),
    reason:
      /^t\/0 has been at offset 4 for 30 s, and the broker says that the log ends at -9000000000000000000$/,
  },
];

for (const { name, at, reason } of STALLS) {
  Deno.test(`Watchdog.check() reports a stalled partition that ${name}`, () => {
    const others = (second: number) => facts({ key: "t/1", answers: second, readOffset: 1, readableEnd: 1 });
    const { decision, second } = watch((second) => [others(second), at(second)], { seconds: 60 });
    assert.equal(decision.kind, "stalled");
    assert.match(decision.reason, reason);
    assert.ok(second >= PATIENCE_MS / CHECK_MS && second <= PATIENCE_MS / CHECK_MS + 1, `${second} s`);
  });
}

Deno.test("Watchdog.check() does not count the time for which the process itself was stopped", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  watchdog.check([facts()], 0);
  assert.equal(watchdog.check([facts()], 3_600_000).kind, "unsure");
});

Deno.test("Watchdog.start() makes each partition prove its progress again", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  watchdog.check([facts()], 0);
  assert.equal(watchdog.check([facts({ answers: 1, readableEnd: 0 })], 1_000).kind, "progressing");
  watchdog.start();
  assert.equal(watchdog.check([], 2_000).kind, "progressing");
  // A new session counts its answers from 0; that is no progress.
  assert.equal(watchdog.check([facts()], 3_000).kind, "unsure");
  assert.equal(watchdog.check([facts({ answers: 1, readableEnd: 0 })], 4_000).kind, "progressing");
});

Deno.test("Watchdog.check() doubles its patience with a partition that a new client did not help, up to 16 times", () => {
  const watchdog = new Watchdog({ patienceMs: PATIENCE_MS });
  const waits = Array.from({ length: 7 }, () => {
    watchdog.start();
    return watch(() => [facts()], { seconds: 600, watchdog }).second;
  });
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 480, 480]);
  watchdog.check([facts({ answers: 1, readableEnd: 0 })], 600_000);
  watchdog.start();
  assert.equal(watch(() => [facts({ answers: 1, readableEnd: 0 })], { seconds: 60, watchdog }).second, 30);
});

Deno.test("Watchdog.check() reports a stall exactly when a partition was quiet for its patience", () => {
  const moment = fc.record({
    isAnswered: fc.boolean(),
    hasMoved: fc.boolean(),
    hasMore: fc.boolean(),
    hasLeader: fc.boolean(),
    isThrottled: fc.boolean(),
    stepMs: fc.integer({ min: 1, max: 1_999 }),
  });
  fc.assert(fc.property(fc.array(moment, { maxLength: 100 }), (moments) => {
    const watchdog = new Watchdog({ patienceMs: 3_000 });
    const end = 1_000_000;
    let now = facts({ readableEnd: end });
    let nowMs = 0;
    let quietMs = 0;
    watchdog.check([now], nowMs);
    for (const { isAnswered, hasMoved, hasMore, hasLeader, isThrottled, stepMs } of moments) {
      nowMs += stepMs;
      const { answers, readOffset } = now;
      now = {
        ...now,
        answers: answers + Number(isAnswered),
        readOffset: readOffset + Number(hasMoved),
        hasMore,
        hasLeader,
        isThrottled,
      };
      quietMs = hasMoved || hasMore || isThrottled || !hasLeader ? 0 : quietMs + stepMs;
      const { kind } = watchdog.check([now], nowMs);
      assert.equal(kind === "stalled", quietMs >= 3_000);
      if (kind === "stalled") return;
    }
  }));
});
