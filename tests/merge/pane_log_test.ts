import assert from "node:assert/strict";
import { PaneLog } from "../../lib/merge/pane_log.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { PaneLogCluster } from "./pane_log_cluster.ts";

const encoder = new TextEncoder();
const bytesOf = (...values: string[]) => values.map((value) => encoder.encode(value));

class Reader implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly cluster = new PaneLogCluster(this.clock);
  readonly warnings: string[] = [];
  readonly lost: number[] = [];
  /** Values by their offsets. */
  readonly read: (readonly [offset: number, value: string])[] = [];
  unusable: string | undefined;
  news = 0;
  readonly log: PaneLog;

  constructor() {
    this.log = new PaneLog({
      topic: PaneLogCluster.topic,
      connect: this.cluster.connect,
      whyUnusable: () => Promise.resolve(this.unusable),
      onNews: () => this.news++,
      onLost: (offsets) => this.lost.push(offsets),
      clock: this.clock,
      log: { info() {}, warn: (message) => this.warnings.push(message) },
    });
  }

  /** Lets time pass and takes what arrives. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await settle();
      this.#take();
      this.clock.advance(250);
    }
    await settle();
    this.#take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.log.stop();
    await this.pass(1_000);
    await stopped;
  }

  #take(): void {
    const { queue } = this.log;
    while (queue?.head(({ message }) => assert.fail(message))) {
      const { records: { bytes, valueStarts, valueEnds, offsets }, cursor } = queue;
      const value = new TextDecoder().decode(bytes.subarray(valueStarts[cursor], valueEnds[cursor]));
      this.read.push([offsets[cursor], value]);
      queue.advance(cursor + 1);
    }
  }
}

Deno.test("PaneLog reads from the given offset to the end, and follows what is appended", async () => {
  await using reader = new Reader();
  const { cluster, log } = reader;
  cluster.values = bytesOf("a", "b", "c");
  log.start();
  await reader.pass(1_000);
  assert.deepEqual([log.queue, log.hasCaughtUp], [undefined, false], "no commit is known yet");
  log.readFrom(1);
  log.readFrom(0);
  await reader.pass(1_000);
  assert.deepEqual(reader.read, [[1, "b"], [2, "c"]]);
  assert.equal(log.hasCaughtUp, true);
  cluster.values.push(...bytesOf("d"));
  await reader.pass(2_000);
  assert.deepEqual(reader.read.at(-1), [3, "d"]);
  assert.deepEqual([log.failure, log.error, reader.lost], [undefined, undefined, []]);
});

Deno.test("PaneLog has caught up with an empty log at once", async () => {
  await using reader = new Reader();
  reader.log.start();
  reader.log.readFrom(0);
  await reader.pass(250);
  assert.equal(reader.log.hasCaughtUp, true);
});

Deno.test("PaneLog counts reports as lost that were deleted before a commit's place was read", async () => {
  await using reader = new Reader();
  const { cluster, log } = reader;
  cluster.values = bytesOf("a", "b", "c", "d");
  cluster.deleteBefore(3);
  log.start();
  const ends: number[] = [];
  log.readFrom(1, (logEnd) => ends.push(logEnd));
  await reader.pass(1_000);
  assert.deepEqual([reader.lost, ends], [[2], [4]]);
  assert.match(reader.warnings.join(), /reports were deleted before they were read: windows that may need/);
  assert.deepEqual(reader.read, [[3, "d"]]);
  assert.equal(log.error, undefined);
});

Deno.test("PaneLog that has lost all reports has lost no part of them: all is counted again", async () => {
  await using reader = new Reader();
  const { cluster, log } = reader;
  cluster.values = bytesOf("a", "b");
  cluster.deleteBefore(2);
  log.start();
  log.readFrom(1, () => assert.fail("nothing is left that would lack them"));
  await reader.pass(1_000);
  assert.deepEqual(reader.lost, [1]);
  assert.match(reader.warnings.join(), /open windows are counted again/);
});

Deno.test("PaneLog reads a new log from its start where a commit names a place beyond its end", async () => {
  await using reader = new Reader();
  reader.cluster.values = bytesOf("a", "b");
  reader.log.start();
  reader.log.readFrom(7);
  await reader.pass(1_000);
  assert.deepEqual(reader.read, [[0, "a"], [1, "b"]]);
  assert.match(reader.warnings.join(), /it is a new log/);
  assert.deepEqual(reader.lost, [], "a new log has lost nothing");
});

const losses: readonly (readonly [string, (cluster: PaneLogCluster) => void, RegExp])[] = [
  ["is deleted and created again", (cluster) => cluster.remake(bytesOf("x")), /ends before the next offset/],
  [
    "loses reports that were not read",
    (cluster) => {
      cluster.values.push(...bytesOf("d", "e"));
      cluster.deleteBefore(5);
      cluster.values.push(...bytesOf("f"));
    },
    /has lost 2 records/,
  ],
];

for (const [what, lose, message] of losses) {
  Deno.test(`PaneLog ends with an error when the log ${what}`, async () => {
    await using reader = new Reader();
    const { cluster, log } = reader;
    cluster.values = bytesOf("a", "b", "c");
    log.start();
    log.readFrom(0);
    await reader.pass(1_000);
    assert.equal(reader.read.length, 3);
    lose(cluster);
    const newsBefore = reader.news;
    await reader.pass(5_000);
    assert.match(String(log.error), message);
    assert.ok(reader.news > newsBefore, "the member is woken to see the error");
    assert.equal(reader.read.length, 3, "nothing is read behind the gap");
  });
}

Deno.test("PaneLog names the reason and the remedy while the topic cannot be used, and reads once it can", async () => {
  await using reader = new Reader();
  const { cluster, log } = reader;
  cluster.values = bytesOf("a");
  reader.unusable = "the pane log has 2 partitions: create it anew";
  log.start();
  log.readFrom(0);
  await reader.pass(5_000);
  assert.equal(log.failure, "the pane log has 2 partitions: create it anew");
  assert.equal(log.queue, undefined);
  reader.unusable = undefined;
  await reader.pass(5_000);
  assert.deepEqual([log.failure, reader.read], [undefined, [[0, "a"]]]);
});

Deno.test("PaneLog continues where it stopped when the brokers come back", async () => {
  await using reader = new Reader();
  const { cluster, log } = reader;
  cluster.values = bytesOf("a");
  log.start();
  log.readFrom(0);
  await reader.pass(1_000);
  cluster.isReachable = false;
  await reader.pass(30_000);
  assert.match(log.failure ?? "", /broker:9092/);
  cluster.values.push(...bytesOf("b"));
  cluster.isReachable = true;
  await reader.pass(60_000);
  assert.deepEqual(reader.read, [[0, "a"], [1, "b"]]);
  assert.deepEqual([log.failure, log.error], [undefined, undefined]);
});

Deno.test("PaneLog.stop() ends also before anything is read", async () => {
  const reader = new Reader();
  reader.log.start();
  await settle();
  await reader.log.stop();
  assert.equal(reader.log.error, undefined);
});

Deno.test("PaneLog.impossible() logs a few lines a minute, however many reports are impossible", async () => {
  await using reader = new Reader();
  for (let offset = 0; offset < 1_000; offset++) reader.log.impossible(offset, "its epoch is 7");
  assert.equal(reader.warnings.length, 10);
  assert.match(
    reader.warnings[0],
    /^a report in the pane log cannot be right: its epoch is 7; it is ignored/,
  );
});
