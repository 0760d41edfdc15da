// A stream of records in buckets of ten minutes of event time, and the windows of a group that counts it. Records are
// dated by their number, and the lateness is longer than any pause of the test, so none is late on any machine.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import type { KafkaCluster } from "../machine/kafka/broker.ts";
import { dump } from "../machine/kafka/kcat.ts";
import { openProducers, type PartitionProducers } from "../machine/kafka/producer.ts";
import type { ShownWindow } from "./member.ts";
import { PaneCounts } from "./pane_counts.ts";

/** The `session_timeout` of the members. */
export const SESSION_MS = 3_000;
const PARTITIONS = [0, 1, 2, 3, 4, 5];
/** A window is one bucket, so that each record is in one window. */
const BUCKET_MS = 600_000;
/** A bucket closes in the middle of the next one. */
const LATENESS_MS = 300_000;
/** Records may be dated this much before those that were sent earlier. */
const DISORDER_MS = 250_000;
/** In each partition. */
const RECORDS_PER_BUCKET = 286;
const STEP_MS = BUCKET_MS / RECORDS_PER_BUCKET;
/** More than the number of words. */
const TOP = 1_000;

/** The part of a cluster that the stream needs. */
type Topics = Pick<KafkaCluster, "bootstrap" | "createTopic">;

export class BucketStream implements Disposable {
  readonly topic: string;
  /** The topic of the windows. */
  readonly windows: string;
  readonly panes: string;
  readonly #kafka: Topics;
  readonly #producers: PartitionProducers;
  readonly #startMs: number;
  readonly #counts = new PaneCounts({ lengthMs: BUCKET_MS, slideMs: BUCKET_MS });
  /** The number of records sent to each partition. */
  #sent = 0;

  private constructor(
    kafka: Topics,
    { topic, producers, startMs }: {
      topic: string;
      producers: PartitionProducers;
      startMs: number;
    },
  ) {
    this.#kafka = kafka;
    this.topic = topic;
    this.windows = `${topic}.windows`;
    this.panes = `${topic}.panes`;
    this.#producers = producers;
    this.#startMs = startMs;
  }

  /** Makes the topics. No record of the first `buckets` buckets is in the future. */
  static async open(
    kafka: Topics,
    { topic, buckets, replicas }: {
      readonly topic: string;
      readonly buckets: number;
      readonly replicas?: readonly number[];
    },
  ): Promise<BucketStream> {
    const { bootstrap } = kafka;
    await kafka.createTopic(topic, { partitions: PARTITIONS.length, replicas });
    await kafka.createTopic(`${topic}.windows`, { replicas });
    const producers = await openProducers({ bootstrap, topic, partitions: PARTITIONS.length });
    const startMs = (Math.floor(Date.now() / BUCKET_MS) - buckets - 1) * BUCKET_MS;
    return new BucketStream(kafka, { topic, producers, startMs });
  }

  settings(brokers: string = this.#kafka.bootstrap): Record<string, unknown> {
    const { topic } = this;
    const group = { topics: [topic], group: topic, start: "earliest", session_timeout: `${SESSION_MS}ms` };
    return {
      source: { kafka: { brokers: brokers.split(","), ...group } },
      window: {
        length: `${BUCKET_MS}ms`,
        slide: `${BUCKET_MS}ms`,
        lateness: `${LATENESS_MS}ms`,
        // A partition whose records come late on a slow machine is not idle.
        idle: "1h",
      },
      top: TOP,
      rate: { backpressure: false },
      output: { console: false, kafka: { topic: this.windows } },
      merge: { enabled: true },
    };
  }

  /** Sends the records up to the end of the bucket before `bucket`. */
  async produce(bucket: number): Promise<void> {
    const end = bucket * RECORDS_PER_BUCKET;
    await Promise.all(PARTITIONS.map(async (partition) => {
      const records = Array.from(
        { length: end - this.#sent },
        (_, n) => this.#record(this.#sent + n, partition),
      );
      await this.#producers.all[partition].send(writeRecordBatch({ records }));
    }));
    this.#sent = end;
  }

  /** Waits until the daemon has closed the buckets before `bucket`. */
  async closed(daemon: RtcountDaemon, bucket: number): Promise<void> {
    await daemon.waitFor(`the buckets before ${bucket} to close`, async () => {
      const page = await daemon.get("/api/v1/top?k=1");
      return page?.status === 200 && JSON.parse(page.text).window_end >= this.#endOf(bucket);
    });
  }

  /** Waits until the topic has the buckets before `bucket`, and compares all with those sent. Returns their number. */
  async check(daemon: RtcountDaemon, bucket: number): Promise<number> {
    const target = { bootstrap: this.#kafka.bootstrap, topic: this.windows };
    const endMs = this.#endOf(bucket);
    const found = await daemon.waitFor(`the buckets before ${bucket} in the topic`, async () => {
      const windows = (await dump(target)).map(({ payload }): ShownWindow => JSON.parse(payload ?? ""));
      return windows.some(({ window_end }) => window_end >= endMs) && windows;
    });
    const byEnd = new Map(found.map((window) => [window.window_end, window]));
    let missing = 0;
    for (const end of this.#counts.ends.filter((end) => end <= endMs)) {
      const expected = this.#counts.window(end, PARTITIONS);
      const records = expected.find(([word]) => word === "all")?.[1] ?? 0;
      missing += records - (byEnd.get(end)?.records ?? 0);
      assert.deepEqual(byEnd.get(end)?.top, expected);
    }
    assert.equal(missing, 0, "records are missing, or counted twice");
    for (const { window_end, top } of found) {
      assert.deepEqual(top, byEnd.get(window_end)?.top, "each window has one content");
    }
    return byEnd.size;
  }

  [Symbol.dispose](): void {
    this.#producers[Symbol.dispose]();
  }

  #record(i: number, partition: number): { readonly timestampMs: number; readonly value: Uint8Array } {
    const turnMs = this.#startMs + Math.floor(i * STEP_MS);
    const timestampMs = Math.max(this.#startMs, turnMs - (i * 7919) % DISORDER_MS);
    const words = ["all", `w${i % 97}`, `w${i % 11}`, `p${partition}`];
    this.#counts.add(partition, timestampMs, words);
    return { timestampMs, value: Buffer.from(words.join()) };
  }

  #endOf(bucket: number): number {
    return this.#startMs + bucket * BUCKET_MS;
  }
}
