// Tests reading topics once, against the simulated cluster.

import assert from "node:assert/strict";
import fc from "fast-check";
import { MissingTopicError, TopicRead } from "../../../lib/source/kafka/topic_read.ts";
import { Cluster, TOPIC } from "../../simulation/cluster.ts";
import { EPOCH_MS, ProcessClock } from "../../simulation/process_clock.ts";
import { SimulatedClient } from "../../simulation/simulated_client.ts";
import { Timeline } from "../../simulation/timeline.ts";

const LIMIT_MS = 60_000;

interface Scene {
  readonly cluster: Cluster;
  readonly timeline: Timeline;
  readonly client: SimulatedClient;
  readonly clock: ProcessClock;
}

function scene(partitions: number): Scene {
  const timeline = new Timeline();
  const cluster = new Cluster({ timeline, brokers: 2, partitions, fetchFault: () => undefined });
  const process = { isDead: false, thawsAtMs: 0 };
  const client = new SimulatedClient({
    timeline,
    cluster,
    process,
    weather: { delayMs: () => 1 },
    onStep() {},
  });
  return { cluster, timeline, client, clock: new ProcessClock(timeline, process, () => 0) };
}

interface ReadOptions {
  readonly sinceMs?: number;
  readonly topics?: readonly (string | RegExp)[];
  /** Called between the look-up and the reading. */
  readonly onOpen?: () => void;
  /** Called with each record; an abort ends the reading. */
  /** Whether no record can be taken now. */
  readonly waits?: (wake: () => void) => boolean;
  /** Why. */
  readonly reason?: string;
  readonly onRecord?: (stop: AbortController) => void;
}

/** Reads to the end in simulated time. */
async function readOnce({ timeline, client, clock }: Scene, options: ReadOptions = {}) {
  const ids: string[] = [];
  const found = { ids, progress: 0, total: 0, lost: 0, undated: 0 };
  const stop = new AbortController();
  const reading = (async () => {
    let read: TopicRead | undefined = undefined;
    const wake = () => (read as TopicRead | undefined)?.wake();
    read = await TopicRead.open({
      client,
      topics: options.topics ?? [TOPIC],
      sinceMs: options.sinceMs,
      settings: {
        isolation: "read_committed",
        checkCrcs: true,
        maxRecordBytes: 2 ** 20,
        maxBytesPerPartition: 256 * 1024,
        maxWaitMs: 500,
      },
      clock,
      listener: {
        readableUntil: (_, { from, to }) => {
          const isWaiting = options.waits?.(wake) ?? false;
          return isWaiting ? from : to;
        },
        get waiting() {
          return options.reason;
        },
        onRecords({ bytes, valueStarts, valueEnds }, { from, to }) {
          for (let i = from; i < to; i++) {
            const text = new TextDecoder().decode(bytes.subarray(valueStarts[i], valueEnds[i]));
            ids.push(text.split(",")[0]);
            options.onRecord?.(stop);
          }
        },
        onProblem: ({ message }) => assert.fail(message),
        onUndated: (records) => found.undated += records,
        onProgress: (offsets) => found.progress += offsets,
        onLost: (_, offsets) => found.lost += offsets,
      },
    });
    found.total = read.total;
    options.onOpen?.();
    await read.run(stop.signal);
  })();
  let isOver = false;
  // Its own await comes last.
  reading.catch(() => {}).finally(() => isOver = true);
  while (!isOver && timeline.nowMs < LIMIT_MS) await timeline.runUntil(timeline.nowMs + 100);
  assert.ok(isOver, "the reading does not end");
  await reading;
  return { ...found, ids: ids.toSorted() };
}

function append({ cluster }: Scene, partition: number, times: readonly number[]): void {
  cluster.logs[partition].append(times.map((ms) => ({ timestampMs: EPOCH_MS + ms, word: "a" })));
}

Deno.test("TopicRead reads what committed transactions have, up to the ends at its beginning", async () => {
  const arbitrary = fc.array(
    fc.record({
      partition: fc.nat(2),
      what: fc.constantFrom("records", "records", "committed", "aborted", "gap", "compaction", "open"),
      records: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async (events) => {
      const now = scene(3);
      for (const { partition, what, records } of events) {
        const log = now.cluster.logs[partition];
        const batch = Array.from({ length: records }, () => ({ timestampMs: EPOCH_MS, word: "a" }));
        if (what === "gap") log.appendGap();
        else if (what === "compaction") log.compact(({ offset }) => offset % 2 === 0);
        else if (what === "records" || log.hasOpenTransaction) log.append(batch);
        else {
          log.append(batch, { transactional: true });
          if (what !== "open") log.endTransaction(what === "committed");
        }
      }
      const ends = now.cluster.logs.map(({ lastStableOffset }) => lastStableOffset);
      const kept = new Set<string>();
      for (const log of now.cluster.logs) {
        for (const { id, offset, isAborted } of log.sent) {
          const isCompacted = !isAborted && offset < ends[log.partition] && !isStored(log, id);
          if (!isAborted && offset < ends[log.partition] && !isCompacted) kept.add(id);
        }
      }
      const { ids, progress, total } = await readOnce(now, {
        onOpen() {
          for (const log of now.cluster.logs) log.endTransaction(true);
          for (let partition = 0; partition < 3; partition++) append(now, partition, [1, 2, 3]);
        },
      });
      assert.deepEqual(ids, [...kept].sort());
      assert.equal(total, ends.reduce((sum, end) => sum + end, 0));
      assert.equal(progress, total);
    }),
    { numRuns: 60 },
  );
});

/** Whether the record is still in the log, after compaction. */
function isStored(log: Cluster["logs"][number], id: string): boolean {
  const { recordSet } = log.read(0, { maxBatches: Infinity, repeat: false });
  return new TextDecoder("latin1").decode(recordSet).includes(`${id},`);
}

Deno.test("TopicRead leaves out records dated before a time, also those after younger ones", async () => {
  const now = scene(2);
  append(now, 0, [0, 100, 5_000, 200, 6_000]);
  append(now, 1, [300]);
  const { ids, total } = await readOnce(now, { sinceMs: EPOCH_MS + 1_000 });
  assert.deepEqual([ids, total], [["0:2", "0:4"], 3]);
});

Deno.test("TopicRead ends at once where there is nothing to read", async () => {
  const now = scene(2);
  assert.deepEqual((await readOnce(now)).total, 0);
});

Deno.test("TopicRead names a topic that does not exist, and a pattern that matches none", async () => {
  await assert.rejects(readOnce(scene(1), { topics: [TOPIC, "other"] }), MissingTopicError);
  await assert.rejects(readOnce(scene(1), { topics: [/^none$/] }), /no topic matches \/\^none\$\//);
});

Deno.test("TopicRead ends early when it is told to", async () => {
  const now = scene(1);
  append(now, 0, Array.from({ length: 100 }, (_, i) => i));
  append(now, 0, [1]);
  const { ids } = await readOnce(now, { onRecord: (stop) => stop.abort() });
  assert.ok(ids.length >= 100);
});

Deno.test("TopicRead reports records that retention deletes before they are read, and reads on", async () => {
  const now = scene(1);
  append(now, 0, [1, 2, 3]);
  append(now, 0, [4, 5]);
  const { ids, lost } = await readOnce(now, { onOpen: () => now.cluster.logs[0].cut(3) });
  assert.deepEqual([ids, lost], [["0:3", "0:4"], 3]);
});

Deno.test("TopicRead waits for a broker that is back within seconds", async () => {
  const now = scene(4);
  for (let partition = 0; partition < 4; partition++) append(now, partition, [1, 2, 3]);
  const { ids } = await readOnce(now, { onOpen: () => now.cluster.stopBroker(1, 3_000) });
  assert.equal(ids.length, 12);
});

Deno.test("TopicRead waits for records that cannot be taken yet, and fails with the reason if that lasts", async () => {
  const now = scene(1);
  append(now, 0, [1, 2, 3]);
  let asked = 0;
  const { ids } = await readOnce(now, {
    waits(wake) {
      if (asked++ === 0) queueMicrotask(wake);
      return asked < 5;
    },
  });
  assert.equal(ids.length, 3);
  const later = scene(1);
  append(later, 0, [1]);
  await assert.rejects(readOnce(later, { waits: () => true, reason: "no schema" }), { message: "no schema" });
});
