import assert from "node:assert/strict";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { ReportSender } from "../../lib/merge/report_sender.ts";
import { FakeProduceClient } from "../fakes/fake_produce_client.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { silentLog } from "../fakes/silent_log.ts";

function setUp() {
  const client = Object.assign(new FakeProduceClient(), { close: () => Promise.resolve() });
  const clock = new ManualClock();
  const sender = new ReportSender({ topic: "panes", client, clock, log: silentLog });
  sender.start();
  return { client, clock, sender };
}

const parts = (...sizes: number[]) => sizes.map((size) => new Uint8Array(size));

/** Lets time pass until the promise resolves. */
async function inTime<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => isDone = true);
  for (let n = 0; n < 100 && !isDone; n++) {
    await settle();
    clock.advance(100);
  }
  return await done;
}

Deno.test("ReportSender sends all parts to partition 0, in order, however many partitions the topic gets", async () => {
  const { client, clock, sender } = setUp();
  client.partitions = 3;
  for (let n = 0; n < 20; n++) sender.put(parts(100, 200));
  assert.equal(await inTime(clock, sender.settled()), true);
  assert.deepEqual(new Set(client.sent.map(({ partition }) => partition)), new Set([0]));
  assert.equal(client.sent.reduce((sum, { records }) => sum + records, 0), 40);
  let next = 0;
  for (const { baseSequence, records } of client.sent) {
    assert.equal(baseSequence, next);
    next += records;
  }
  await inTime(clock, sender.stop());
});

Deno.test("ReportSender drops nothing while the log accepts nothing, and then blocks the counting", async () => {
  const { client, clock, sender } = setUp();
  client.answer = () => ErrorCode.leaderNotAvailable;
  for (let n = 0; n < 40; n++) sender.put(parts(512 * 1024));
  let isSettled = false;
  const settled = sender.settled().then((value) => isSettled = value);
  for (let n = 0; n < 1_000; n++) {
    await settle();
    clock.advance(100);
  }
  assert.deepEqual([sender.isBlocked, isSettled], [true, false]);
  assert.match(sender.failure ?? "", /panes\/0/);
  client.answer = () => ErrorCode.none;
  assert.equal(await inTime(clock, settled), true);
  assert.deepEqual([sender.isBlocked, sender.failure], [false, undefined]);
  const accepted = new Set(client.sent.slice(-41).map(({ baseSequence }) => baseSequence));
  assert.equal(accepted.size, 40, "one part is a batch: no part is lost and none is overtaken");
  await inTime(clock, sender.stop());
});

Deno.test("ReportSender.settled() waits for the reports put before the call alone", async () => {
  const { client, clock, sender } = setUp();
  const answers: (() => void)[] = [];
  client.answer = () => new Promise((resolve) => answers.push(() => resolve(ErrorCode.none)));
  sender.put(parts(1));
  const settled = sender.settled();
  await settle();
  sender.put(parts(1));
  answers.shift()?.();
  assert.equal(await inTime(clock, settled), true);
  client.answer = () => ErrorCode.none;
  answers.shift()?.();
  await inTime(clock, sender.stop());
});

Deno.test("ReportSender ends with the error of a broker that refuses a report", async () => {
  const { client, clock, sender } = setUp();
  client.answer = () => ErrorCode.messageTooLarge;
  sender.put(parts(1));
  assert.equal(await inTime(clock, sender.settled()), false);
  assert.match(sender.error?.message ?? "", /MESSAGE_TOO_LARGE/);
  assert.equal(await sender.settled(), false);
  await inTime(clock, sender.stop());
});

Deno.test("ReportSender.stop() waits 3 s for reports under way, no longer", async () => {
  const { client, clock, sender } = setUp();
  client.answer = () => ErrorCode.leaderNotAvailable;
  sender.put(parts(1));
  const settled = sender.settled();
  const begunMs = clock.monotonicMs();
  await inTime(clock, sender.stop());
  assert.equal(await settled, false);
  assert.ok(clock.monotonicMs() - begunMs <= 3_500);
});
