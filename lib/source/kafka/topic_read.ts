// A TopicRead reads topics once, without a group: up to the ends that their partitions have when it begins. It commits
// nothing and makes no topic.

import { setImmediate } from "node:timers";
import type { Clock } from "../../async/clock.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { ErrorCode, KafkaError } from "../../kafka/connection/kafka_error.ts";
import { DirectReader } from "../../kafka/fetch/direct_reader.ts";
import type { FetchSettings } from "../../kafka/fetch/fetch_request.ts";
import { type KafkaClient, LOG_END, LOG_START } from "../../kafka/kafka_client.ts";
import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import { type BatchProblem, PartitionQueue } from "../../records/partition_queue.ts";
import type { Records } from "../../records/records.ts";
import { TopicWatch } from "./topic_watch.ts";

/** Fetches are answered between two stretches of work. */
const WORK_MS = 10;
/** How long a partition may be without a leader, such as after a broker's failure. */
const LEADERLESS_MS = 10_000;
const LEADERLESS_RETRY_MS = 500;
/** A read ends after this long with a failure and no progress. */
const PATIENCE_MS = 30_000;
const NEWS_MS = 1_000;

/** A topic does not exist or cannot be read, or no topic matches. */
export class MissingTopicError extends Error {
  override readonly name = "MissingTopicError";
}

export interface TopicReadOptions {
  readonly client: KafkaClient;
  readonly topics: readonly (string | RegExp)[];
  /** Records dated before are left out; undefined: none. */
  readonly sinceMs: number | undefined;
  readonly settings: FetchSettings;
  readonly clock: Clock;
  readonly listener: TopicReadListener;
}

export interface TopicReadListener {
  /** The index of the first of these records that cannot be taken yet; `to` for none. */
  readableUntil(records: Records, range: { readonly from: number; readonly to: number }): number;
  /** Why records cannot be taken; undefined for no reason. */
  readonly waiting: string | undefined;
  /** Records of a queue, from one index up to another, without those dated before. They are valid during the call. */
  onRecords(records: Records, range: { readonly from: number; readonly to: number }): void;
  onProblem(problem: BatchProblem): void;
  /** Records without a timestamp, where `sinceMs` is given. */
  onUndated(records: number): void;
  /** The number of offsets that have been read since the last call. */
  onProgress(offsets: number): void;
  /** Retention deleted records before they were read. */
  onLost(partition: TopicPartition, offsets: number): void;
}

interface PartitionRead {
  readonly queue: PartitionQueue;
  readonly end: number;
}

export class TopicRead {
  readonly #options: TopicReadOptions;
  readonly #news: Wakeup;
  #open: readonly PartitionRead[];
  /** By topic, also those that have nothing to read. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
  /** Offsets to read in all. */
  readonly total: number;

  private constructor(
    options: TopicReadOptions,
    partitions: readonly TopicPartition[],
    reads: readonly PartitionRead[],
  ) {
    this.#options = options;
    this.#news = new Wakeup(options.clock);
    this.#open = reads;
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const numbers = [...byTopic].map(([topic, ofTopic]): [string, readonly number[]] => {
      return [topic, ofTopic.map(({ partition }) => partition).sort((a, b) => a - b)];
    });
    // Not an object literal: a topic may have the name of one of its properties.
    this.partitions = Object.fromEntries(numbers);
    this.total = reads.reduce((sum, { queue, end }) => sum + end - queue.position, 0);
  }

  /** Looks up what is to be read. @throws MissingTopicError, BrokerConnectionError, KafkaError */
  static async open(options: TopicReadOptions): Promise<TopicRead> {
    const { client, clock, sinceMs, settings: { isolation } } = options;
    const untilMs = clock.monotonicMs() + LEADERLESS_MS;
    while (true) {
      const partitions = await findPartitions(options);
      try {
        const at = (timestampMs: number) => partitions.map((one) => ({ ...one, timestampMs }));
        // The ends come first, so that no start is behind its end because of a record in between.
        const ends = await client.listOffsets(at(LOG_END), isolation);
        const starts = await client.listOffsets(at(sinceMs ?? LOG_START));
        return new TopicRead(
          options,
          partitions,
          partitions.flatMap((one) => partitionRead(one, starts, ends)),
        );
      } catch (error) {
        // A partition gets another leader within seconds.
        const mayPass = error instanceof KafkaError && error.code !== ErrorCode.topicAuthorizationFailed;
        if (!mayPass || clock.monotonicMs() >= untilMs) throw error;
      }
      await clock.sleep(LEADERLESS_RETRY_MS);
    }
  }

  /** The queues that it fills; nothing is in them before `run`. */
  get queues(): readonly PartitionQueue[] {
    return this.#open.map(({ queue }) => queue);
  }

  /** More records may be taken now. */
  wake(): void {
    this.#news.ring();
  }

  /**
   * Reads to the ends, or until `signal` is aborted, and closes the client.
   * @throws BrokerConnectionError, KafkaError, LogLostError
   */
  async run(signal: AbortSignal): Promise<void> {
    const { client, settings, clock, listener } = this.#options;
    const news = this.#news;
    const reading = new AbortController();
    const stop = () => {
      reading.abort();
      news.ring();
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const failures = new Map<string, Error>();
    const reader = new DirectReader({
      client,
      queues: this.queues,
      settings,
      onFetched: () => news.ring(),
      onLost: (partition, offsets) => listener.onLost(partition, offsets),
      report: {
        failed: (what, error) => failures.set(what, error),
        works: (what) => failures.delete(what),
      },
      clock,
    });
    const running = this.#open.length === 0 ? Promise.resolve() : reader.run(reading.signal).finally(stop);
    // It is awaited below.
    running.catch(() => {});
    try {
      let progressMs = clock.monotonicMs();
      while (this.#open.length > 0 && !reading.signal.aborted) {
        const { isBusy, hasMoved } = this.#drain();
        const nowMs = clock.monotonicMs();
        if (hasMoved) progressMs = nowMs;
        const { waiting } = listener;
        const [failure] = waiting === undefined ? failures.values() : [new Error(waiting)];
        if (failure !== undefined && nowMs - progressMs >= PATIENCE_MS) throw failure;
        if (isBusy) await new Promise((resolve) => setImmediate(resolve));
        else if (this.#open.length > 0) await news.wait(NEWS_MS);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      reading.abort();
      // A fetch may wait for records that come later.
      await client.close();
    }
    await running;
  }

  /** Takes what is queued, for a while. */
  #drain(): { readonly isBusy: boolean; readonly hasMoved: boolean } {
    const { clock, listener } = this.#options;
    const untilMs = clock.monotonicMs() + WORK_MS;
    let hasMoved = false;
    let isBusy = false;
    const done = new Set<PartitionRead>();
    for (const read of this.#open) {
      const { queue, end } = read;
      while (!isBusy && queue.position < end) {
        const before = queue.position;
        const hasRecords = queue.head((problem) => listener.onProblem(problem));
        if (hasRecords && this.#take(queue, end)) done.add(read);
        const isWaiting = hasRecords && !done.has(read) && queue.position === before;
        const reached = done.has(read) ? end : Math.min(queue.position, end);
        if (reached > before) listener.onProgress(reached - before);
        hasMoved ||= reached > before;
        if (!hasRecords || isWaiting || done.has(read)) break;
        isBusy = clock.monotonicMs() >= untilMs;
      }
    }
    this.#open = this.#open.filter((read) => !done.has(read) && read.queue.position < read.end);
    return { isBusy, hasMoved };
  }

  /** Takes the decoded records below `end`. Returns whether all of them are taken and further ones are beyond it. */
  #take(queue: PartitionQueue, end: number): boolean {
    const { sinceMs, listener } = this.#options;
    const { records, cursor } = queue;
    let below = records.count;
    while (below > cursor && records.offsets[below - 1] >= end) below--;
    const to = listener.readableUntil(records, { from: cursor, to: below });
    if (sinceMs !== undefined) this.#passOn(records, { from: cursor, to, sinceMs });
    else if (to > cursor) listener.onRecords(records, { from: cursor, to });
    if (to > cursor) queue.advance(to);
    return to === below && below < records.count;
  }

  #passOn(records: Records, { from, to, sinceMs }: { from: number; to: number; sinceMs: number }): void {
    const { listener } = this.#options;
    const { timestampsMs } = records;
    let undated = 0;
    for (let at = from; at < to;) {
      const begin = at;
      while (at < to && timestampsMs[at] >= sinceMs) at++;
      if (at > begin) listener.onRecords(records, { from: begin, to: at });
      for (; at < to && !(timestampsMs[at] >= sinceMs); at++) if (Number.isNaN(timestampsMs[at])) undated++;
    }
    if (undated > 0) listener.onUndated(undated);
  }
}

async function findPartitions(
  { client, topics, clock }: TopicReadOptions,
): Promise<readonly TopicPartition[]> {
  const watch = new TopicWatch(topics);
  watch.observe(await client.metadata(watch.wanted), clock.monotonicMs());
  const missing = watch.missingReason;
  if (missing !== undefined) throw new MissingTopicError(missing);
  return watch.partitions;
}

/** None where there is nothing to read. */
function partitionRead(
  { topic, partition }: TopicPartition,
  starts: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
): readonly PartitionRead[] {
  const key = partitionKey({ topic, partition });
  const end = ends.get(key) ?? 0;
  const start = starts.get(key) ?? end;
  if (start < 0 || start >= end) return [];
  return [{ queue: new PartitionQueue({ topic, partition, startOffset: start }), end }];
}
