import assert from "node:assert/strict";
import fc from "fast-check";
import { Governor, type RateSettings } from "../../lib/rate/governor.ts";

const SETTINGS: RateSettings = {
  backpressure: true,
  min: 10,
  initial: 1000,
  intervalMs: 1000,
  pid: { proportional: 1, integral: 0.2, derivative: 0 },
};
const FULL = { available: 1_000_000, lag: 1_000_000 };

interface Intake {
  readonly nowMs: number;
  readonly records: number;
}

/**
 * Takes all that is admitted from partitions that never run dry. Each call comes when the governor asks for it, plus the
 * delay that `lateMs` returns; a record takes `recordMs` to process.
 */
function intake(
  governor: Governor,
  options: {
    keys?: readonly object[];
    fromMs?: number;
    untilMs: number;
    lateMs?: () => number;
    recordMs?: number;
  },
): { taken: Intake[]; perKey: number[]; limits: number[] } {
  const { keys = [{}], fromMs = 0, untilMs, lateMs = () => 0, recordMs = 0.01 } = options;
  const taken: Intake[] = [];
  const perKey = keys.map(() => 0);
  const limits: number[] = [];
  const grants: number[] = [];
  for (let nowMs = fromMs; nowMs <= untilMs;) {
    governor.admit(nowMs, keys, keys.map(() => FULL), grants);
    const records = grants.reduce((sum, grant) => sum + grant, 0);
    grants.forEach((grant, index) => perKey[index] += grant);
    taken.push({ nowMs, records });
    nowMs += records * recordMs;
    governor.observe(records, records * recordMs, 0);
    const report = governor.tick(nowMs);
    if (report !== undefined) limits.push(report.limit);
    nowMs += governor.waitMs(nowMs) + lateMs();
  }
  return { taken, perKey, limits };
}

function sumOf(taken: readonly Intake[]): number {
  return taken.reduce((sum, { records }) => sum + records, 0);
}

/** The most records taken within any second. */
function busiestSecond(taken: readonly Intake[]): number {
  return Math.max(...taken.map(({ nowMs }) => {
    return sumOf(taken.filter((other) => other.nowMs >= nowMs && other.nowMs <= nowMs + 1000));
  }));
}

Deno.test("Governor.limit is initial before the first estimate, then the estimate, and never above max", () => {
  const governor = new Governor({ ...SETTINGS, initial: 30, max: 100 }, 0);
  assert.equal(governor.limit, 30);
  const rows: [records: number, processingMs: number, limit: number][] = [
    [30, 300, 30], // sets the latest rate: 100/s
    [30, 600, 50],
    [30, 100, 100], // 300/s
    [1, 1000, 10],
  ];
  rows.forEach(([records, processingMs, limit], index) => {
    governor.observe(records, processingMs, 0);
    const report = governor.tick(1000 * (index + 1));
    assert.deepEqual(report, { records, processingMs, schedulingMs: 0, limit });
    assert.equal(governor.limit, limit);
  });
  assert.equal(new Governor({ ...SETTINGS, initial: 1000, max: 100 }, 0).limit, 100);
});

Deno.test("Governor.limit is max without backpressure, and Infinity without max", () => {
  for (const max of [undefined, 50]) {
    const governor = new Governor({ ...SETTINGS, backpressure: false, max }, 0);
    governor.observe(10, 1000, 0);
    governor.tick(1000);
    governor.observe(10, 1000, 0);
    assert.equal(governor.tick(2000)?.limit, max ?? Infinity);
    assert.equal(governor.limit, max ?? Infinity);
  }
});

Deno.test("Governor.tick() returns a report at the end of each interval", () => {
  const governor = new Governor(SETTINGS, 500);
  governor.observe(10, 20, 300);
  governor.observe(30, 20, 500);
  assert.equal(governor.tick(1499), undefined);
  assert.deepEqual(governor.tick(1510), { records: 40, processingMs: 40, schedulingMs: 20, limit: 1000 });
  assert.equal(governor.tick(1510), undefined);
  const nothing = { records: 0, processingMs: 0, schedulingMs: 0, limit: 1000 };
  assert.deepEqual(governor.tick(2500), nothing, "no records");
  governor.observe(1, 1, 0);
  assert.equal(governor.tick(3499), undefined);
  assert.equal(governor.tick(7200)?.records, 1);
  governor.observe(1, 1, 0);
  assert.equal(governor.tick(7499), undefined);
  assert.equal(governor.tick(7500)?.records, 1);
});

Deno.test("Governor.tick() passes scheduling delays to the estimator", () => {
  const governor = new Governor(SETTINGS, 0);
  governor.observe(100, 500, 0);
  governor.tick(1000);
  governor.observe(100, 500, 100 * 250);
  // 200/s were processed while records waited 250 ms: 0.2 * 250 * 200 / 1000 less
  assert.equal(governor.tick(2000)?.limit, 190);
});

Deno.test("Governor.admit() keeps 100 records per second to at most 105 in any second and 98 to 100 on average", () => {
  const late = fc.integer({ min: 0, max: 25 });
  fc.assert(
    fc.property(fc.array(late, { minLength: 1, maxLength: 50 }), (latenesses) => {
      let n = 0;
      const lateMs = () => latenesses[n++ % latenesses.length];
      const governor = new Governor({ ...SETTINGS, backpressure: false, max: 100 }, 0);
      const { taken } = intake(governor, { keys: [{}, {}, {}, {}], untilMs: 20_000, lateMs });
      assert.ok(busiestSecond(taken) <= 105);
      const average = sumOf(taken) / 20;
      assert.ok(average >= 98 && average <= 100, `${average}`);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Governor keeps the rates of the Spark lab: it starts at 30 and stays within 10 and 100", () => {
  const settings = { ...SETTINGS, initial: 30, max: 100 };
  const fast = intake(new Governor(settings, 0), { untilMs: 20_000 });
  assert.ok(busiestSecond(fast.taken.filter(({ nowMs }) => nowMs <= 1000)) <= 31);
  assert.equal(fast.limits.at(0), 30);
  assert.equal(fast.limits.at(-1), 100);
  const slow = intake(new Governor(settings, 0), { untilMs: 20_000, recordMs: 200 });
  assert.equal(slow.limits.at(-1), 10);
  for (const limit of [...fast.limits, ...slow.limits]) assert.ok(limit >= 10 && limit <= 100, `${limit}`);
});

Deno.test("Governor.admit() grants all available records without a limit", () => {
  const governor = new Governor({ ...SETTINGS, backpressure: false }, 0);
  const grants: number[] = [];
  governor.admit(0, [{}, {}], [FULL, { available: 0, lag: 5 }], grants);
  assert.deepEqual(grants, [1_000_000, 0]);
  assert.equal(governor.waitMs(0), 0);
});

Deno.test("Governor.admit() limits each partition to maxPerPartition and gives the rest to the others", () => {
  const settings = { ...SETTINGS, backpressure: false, maxPerPartition: 20 };
  const alone = intake(new Governor(settings, 0), { keys: [{}, {}], untilMs: 10_000 });
  for (const count of alone.perKey) assert.ok(count >= 190 && count <= 200, `${count}`);
  assert.ok(busiestSecond(alone.taken) <= 42);

  const governor = new Governor({ ...settings, max: 100, maxPerPartition: 80 }, 0);
  const keys = [{}, {}];
  const grants: number[] = [];
  const given = [0, 0];
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 10) {
    governor.admit(nowMs, keys, [{ available: 1000, lag: 1e6 }, { available: 1000, lag: 1 }], grants);
    grants.forEach((grant, index) => given[index] += grant);
  }
  assert.ok(given[0] >= 780 && given[0] <= 800, `${given}`);
  assert.ok(given[0] + given[1] >= 980 && given[0] + given[1] <= 1000, `${given}`);
});

Deno.test("Governor.admit() serves each of 64 partitions at 10 records per second", () => {
  const keys = Array.from({ length: 64 }, () => ({}));
  const governor = new Governor({ ...SETTINGS, backpressure: false, max: 10 }, 0);
  const { perKey } = intake(governor, { keys, untilMs: 64_000 });
  for (const count of perKey) assert.ok(count >= 9 && count <= 10, `${perKey}`);
});

Deno.test("Governor.replayGrant() is limited by replay only", () => {
  const free = new Governor({ ...SETTINGS, max: 10 }, 0);
  assert.equal(free.replayGrant(0, 1_000_000), 1_000_000);
  const bounded = new Governor({ ...SETTINGS, backpressure: false, replay: 100 }, 0);
  let replayed = 0;
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 20) replayed += bounded.replayGrant(nowMs, 1_000_000);
  assert.ok(replayed >= 980 && replayed <= 1000, `${replayed}`);
  const grants: number[] = [];
  bounded.admit(10_000, [{}], [FULL], grants);
  assert.deepEqual(grants, [FULL.available]);
});

Deno.test("Governor.waitMs() waits for some 20 ms of tokens, for one token at low rates, or not at all", () => {
  const rows: [rate: number, waitMs: number][] = [[1, 1010], [10, 101], [100, 20], [100_000, 20]];
  for (const [max, wantMs] of rows) {
    for (const limits of [{ max }, { maxPerPartition: max }]) {
      const governor = new Governor({ ...SETTINGS, backpressure: false, ...limits }, 0);
      const grants: number[] = [];
      assert.equal(governor.waitMs(0), 0, "nothing was requested");
      governor.admit(0, [{}], [FULL], grants);
      const waitMs = governor.waitMs(0);
      assert.ok(Math.abs(waitMs - wantMs) < wantMs * 0.02, `${waitMs} at ${max}`);
      assert.equal(governor.waitMs(waitMs), 1, "the next call may follow at once");
      governor.admit(waitMs, [{}], [{ available: 0, lag: 0 }], grants);
      assert.equal(governor.waitMs(waitMs), 0, "nothing was refused");
    }
  }
});

Deno.test("Governor.configure() changes rates and keeps the estimate", () => {
  const governor = new Governor({ ...SETTINGS, max: 100 }, 0);
  for (const nowMs of [1000, 2000]) {
    governor.observe(60, 1000, 0);
    governor.tick(nowMs);
  }
  assert.equal(governor.limit, 60);
  const rows: [Partial<RateSettings>, number][] = [
    [{ max: 40 }, 40],
    [{ max: undefined }, 60],
    [{ min: 80 }, 80],
    [{ backpressure: false, max: 500 }, 500],
    [{ initial: 7 }, 60],
  ];
  for (const [settings, limit] of rows) {
    governor.configure({ ...SETTINGS, ...settings }, 2000);
    assert.equal(governor.limit, limit);
  }
  governor.configure({ ...SETTINGS, backpressure: false, max: 1000, maxPerPartition: 10 }, 2000);
  const { perKey } = intake(governor, { fromMs: 2000, untilMs: 12_000 });
  assert.ok(perKey[0] >= 98 && perKey[0] <= 100, `${perKey}`);
});

Deno.test("Governor.configure() applies a shorter interval at once", () => {
  const governor = new Governor({ ...SETTINGS, intervalMs: 60_000 }, 0);
  governor.configure(SETTINGS, 5000);
  governor.observe(1, 1, 0);
  assert.equal(governor.tick(5999), undefined);
  assert.equal(governor.tick(6000)?.records, 1);
});
