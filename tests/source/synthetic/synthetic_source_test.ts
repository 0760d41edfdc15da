import assert from "node:assert/strict";
import { type SyntheticOptions, SyntheticSource } from "../../../lib/source/synthetic/synthetic_source.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { queueOf, takeAll } from "../taken.ts";

function start(options: Partial<SyntheticOptions> = {}) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const source = new SyntheticSource({
    tasks: [{ name: "task-1", rate: 300 }, { name: "task-2", rate: 100 }],
    deltaMin: -100,
    deltaMax: 100,
    maxRate: 350,
    vocabulary: 50,
    wordsPerRecord: 3,
    randomSeed: 7,
    separator: ",",
    clock,
    log: { info: (message) => logged.push(message) },
    ...options,
  });
  source.start();
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await source.changed(Infinity);
    }
  };
  return { source, clock, logged, pass };
}

Deno.test("SyntheticSource makes records evenly at the rate, dated when they are made", async () => {
  const { source, clock, pass } = start({ deltaMin: 0, deltaMax: 0 });
  const queue = queueOf(source);
  await pass(500);
  assert.equal(queue.highWatermark, 150);
  assert.ok(queue.head(() => assert.fail()));
  assert.equal(queue.records.count, 15);
  assert.deepEqual([...queue.records.offsets.slice(0, 3)], [0, 1, 2]);
  assert.equal(queue.records.timestampsMs[0], clock.nowMs() - 450);
  assert.equal(queue.arrivedMs, 50);
  await pass(500);
  assert.equal(queue.highWatermark, 300);
  assert.equal(queueOf(source, 1).highWatermark, 100);
  await source.stop();
});

Deno.test("SyntheticSource loses no record of a rate that does not divide a tick", async () => {
  const { source, pass } = start({ tasks: [{ name: "slow", rate: 3 }], deltaMin: 0, deltaMax: 0 });
  await pass(10_000);
  assert.equal(queueOf(source).highWatermark, 30);
  await source.stop();
});

Deno.test("SyntheticSource changes each rate once a second within its bounds, and logs it as the lab does", async () => {
  const { source, logged, pass } = start();
  assert.deepEqual(logged, ["name: task-1 value 300", "name: task-2 value 100"]);
  assert.deepEqual([...source.rates()], [["task-1", 300], ["task-2", 100]]);
  let before = new Map(source.rates());
  for (let second = 1; second <= 60; second++) {
    await pass(1_000);
    for (const queue of source.assignment?.partitions ?? []) takeAll(queue);
    for (const [name, rate] of source.rates()) {
      assert.ok(Number.isInteger(rate) && rate >= 0 && rate <= 350, `${name} ${rate}`);
      assert.ok(Math.abs(rate - (before.get(name) ?? NaN)) <= 100);
    }
    before = new Map(source.rates());
    assert.deepEqual(logged.slice(-2), [...before].map(([name, rate]) => `name: ${name} value ${rate}`));
  }
  assert.equal(logged.length, 122);
  await source.stop();
});

Deno.test("SyntheticSource gives the same words and rates for the same seed, and others for another", async () => {
  const stream = async (randomSeed: number) => {
    const { source, logged, pass } = start({ randomSeed });
    await pass(3_000);
    const values = source.assignment?.partitions.map((queue) => takeAll(queue).values);
    await source.stop();
    return { logged, values };
  };
  assert.deepEqual(await stream(7), await stream(7));
  const [one, other] = [await stream(7), await stream(8)];
  assert.notDeepEqual(one.logged, other.logged);
  assert.notDeepEqual(one.values, other.values);
  assert.notDeepEqual(one.values?.[0], one.values?.[1]);
});

Deno.test("SyntheticSource joins words of its vocabulary with the separator, frequent ones first", async () => {
  for (const separator of [",", " ", "a", "aeiou", "bdfgklmnprstvz", "·–"]) {
    const { source, pass } = start({ separator });
    await pass(2_000);
    const { values } = takeAll(queueOf(source));
    const counts = new Map<string, number>();
    for (const words of values.map((value) => value.split(separator))) {
      assert.equal(words.length, 3);
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    assert.ok(counts.size <= 50 && counts.size > 40, `${counts.size} words`);
    assert.ok([...counts.keys()].every((word) => /^[a-z0-9]+$/.test(word)));
    const sorted = [...counts.values()].sort((a, b) => b - a);
    assert.ok(sorted[0] > 5 * sorted[20], "the first word is far more frequent than the twentieth");
    await source.stop();
  }
});

Deno.test("SyntheticSource makes no records while its queue is full, and continues when it is drained", async () => {
  const { source, pass } = start({
    tasks: [{ name: "fast", rate: 1_000_000 }],
    maxRate: 1_000_000,
    deltaMin: 0,
    deltaMax: 0,
  });
  const queue = queueOf(source);
  await pass(1_000);
  const full = queue.queuedBytes;
  assert.ok(full >= 2 ** 20 && full < 2 * 2 ** 20, `${full} bytes`);
  const made = queue.highWatermark;
  await pass(100);
  assert.equal(queue.highWatermark, made);
  assert.equal(takeAll(queue).values.length, made);
  await pass(50);
  assert.ok(queue.highWatermark > made);
  await source.stop();
});

Deno.test("SyntheticSource is at its end whenever all records have been taken", async () => {
  const { source, clock, pass } = start();
  const queue = queueOf(source);
  await pass(100);
  assert.equal(queue.endSeenMs, undefined);
  takeAll(queue);
  assert.equal(queue.endSeenMs, clock.monotonicMs());
  assert.equal(queue.lag, 0);
  await source.stop();
});

Deno.test("SyntheticSource.stop() ends the stream: no record is made afterwards", async () => {
  const { source, clock, logged, pass } = start();
  await pass(50);
  await source.stop();
  clock.advance(10_000);
  assert.equal(queueOf(source).highWatermark, 15);
  assert.equal(logged.length, 2);
});
