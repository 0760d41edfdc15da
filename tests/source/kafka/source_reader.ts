// Reads a KafkaSource as the pipeline does, and records what arrives.

import assert from "node:assert/strict";
import { systemClock } from "../../../lib/async/clock.ts";
import { KafkaSource, type KafkaSourceOptions } from "../../../lib/source/kafka/kafka_source.ts";
import type { PartitionQueue } from "../../../lib/records/partition_queue.ts";
import type { Assignment, Progress } from "../../../lib/source/source.ts";
import { silentLog } from "../../fakes/silent_log.ts";

const TIMEOUT_MS = 120_000;
/** A test may wait for a change that rings no bell. */
const POLL_MS = 50;

type ReaderOptions =
  & Pick<KafkaSourceOptions, "brokers" | "topics" | "group">
  & Partial<KafkaSourceOptions>;

export class SourceReader implements AsyncDisposable {
  readonly source: KafkaSource;
  readonly events = { rebalances: 0, restarts: 0, throttledMs: 0, skipped: [] as string[] };
  /** Offsets in the order of arrival, by `topic/partition`. */
  readonly offsets = new Map<string, number[]>();
  readonly values: string[] = [];
  /** Records that an earlier process had counted. */
  replayed = 0;
  readonly problems: string[] = [];
  #assignment: Assignment | undefined;
  #stopped = false;

  constructor(options: ReaderOptions) {
    this.source = new KafkaSource({
      clientId: "rtcount-tests",
      start: "earliest",
      fetch: {
        isolation: "read_committed",
        checkCrcs: true,
        maxRecordBytes: 2 ** 20,
        maxBytesPerPartition: 256 * 1024,
        maxWaitMs: 100,
      },
      // A busy machine may keep a member silent for a while.
      sessionTimeoutMs: 30_000,
      window: { lengthMs: 60_000, slideMs: 2_000, time: "event" },
      clock: systemClock,
      log: silentLog,
      events: {
        rebalance: () => this.events.rebalances++,
        consumerRestart: () => this.events.restarts++,
        throttled: (ms) => this.events.throttledMs += ms,
        skippedOffsets: (topic, partition, offsets) =>
          this.events.skipped.push(`${topic}/${partition}:${offsets}`),
      },
      ...options,
    });
    this.source.start();
  }

  get records(): number {
    return [...this.offsets.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Empty before the first assignment. */
  get queues(): readonly PartitionQueue[] {
    return this.source.assignment?.partitions ?? [];
  }

  get assigned(): string[] {
    return this.queues.map(({ topic, partition }) => `${topic}/${partition}`).sort();
  }

  /** Reads until `isDone`. */
  async until(isDone: () => boolean): Promise<void> {
    const timer = AbortSignal.timeout(TIMEOUT_MS);
    while (!isDone()) {
      if (timer.aborted) {
        const { readiness } = this.source;
        const queues = this.queues.map(({ topic, partition, position, highWatermark }) => {
          return { topic, partition, position, highWatermark };
        });
        assert.fail(`timed out with ${this.records} records: ${JSON.stringify({ readiness, queues })}`);
      }
      await this.source.changed(POLL_MS);
      this.#drain();
    }
    timer.onabort = null;
  }

  /** Reads exactly so many records. */
  async untilRecords(count: number): Promise<void> {
    await this.until(() => this.records >= count);
    assert.equal(this.records, count);
  }

  /** Reads until every partition has been read to its end. */
  async untilEnd(): Promise<void> {
    await this.until(() =>
      this.source.assignment !== undefined && this.queues.every(({ endSeenMs }) => endSeenMs !== undefined)
    );
  }

  /** Every offset in [from, to) came once, in order. */
  assertGapFree(key: string, { from, to }: { from: number; to: number }): void {
    const expected = Array.from({ length: to - from }, (_, i) => from + i);
    assert.deepEqual(this.offsets.get(key) ?? [], expected, key);
  }

  /** The progress of a pipeline whose window starts `replayBy` offsets before its position. */
  progress(options: { closedUntilMs?: number; replayBy?: number } = {}): Progress {
    const { closedUntilMs = -Infinity, replayBy = 0 } = options;
    const { assignment } = this.source;
    assert.ok(assignment);
    return {
      assignment,
      closedUntilMs,
      firstEndMs: assignment.firstEndMs,
      partitions: assignment.partitions.map(({ topic, partition, position }) => {
        return { topic, partition, position, replayFrom: Math.max(0, position - replayBy) };
      }),
    };
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.source.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #drain(): void {
    this.#assignment = this.source.assignment ?? this.#assignment;
    for (const queue of this.#assignment?.partitions ?? []) {
      while (queue.head(({ message }) => this.problems.push(message))) this.#take(queue);
    }
  }

  #take(queue: PartitionQueue): void {
    const { records, replayUntil } = queue;
    const key = `${queue.topic}/${queue.partition}`;
    const offsets = this.offsets.get(key) ?? [];
    this.offsets.set(key, offsets);
    for (let i = queue.cursor; i < records.count; i++) {
      offsets.push(records.offsets[i]);
      if (records.offsets[i] < replayUntil) this.replayed++;
      const value = records.bytes.subarray(records.valueStarts[i], records.valueEnds[i]);
      this.values.push(new TextDecoder().decode(value));
    }
    queue.advance(records.count);
  }
}
