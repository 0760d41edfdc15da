// Fills the queues of the assigned partitions: one loop for each broker that leads some of them. A broker that fails
// holds up its own partitions only; they are asked for again as soon as another leads them.

import type { Clock } from "../../async/clock.ts";
import type { PartitionQueue } from "../../records/partition_queue.ts";
import { TaskGroup } from "../../async/task_group.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { backOffMs } from "../../async/back_off.ts";
import { type FetchRequest, type KafkaClient, LOG_END, LOG_START } from "../kafka_client.ts";
import { groupByTopic, partitionKey } from "../topic_partition.ts";
import { MAX_QUEUED_BYTES, planFetch } from "./fetch_plan.ts";
import type { FetchedPartition } from "../wire/fetch_response.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import { Reading } from "./partition_fetch.ts";
import type { Sight } from "./watchdog.ts";

/**
 * What all partitions of a broker may bring in one answer: room for 64 of them, so that they come forward together. Where
 * answers have room for some only, these run ahead of the others, and counting changes from pane to pane all the time. A
 * queued batch keeps the whole answer alive that it came in.
 */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** With very many partitions each is asked for less, but not for less than this. */
const LEAST_PARTITION_BYTES = 16 * 1024;
/** How long a broker may take over a fetch beyond the wait that it was asked for. */
const FETCH_TIMEOUT_MS = 10_000;
/** The end of a log that is not fetched, its queue being full, is looked up so often. */
const LOOK_UP_ENDS_MS = 5_000;

export interface FetcherListener {
  /** There is something to be read, or an end has been seen. */
  onNews(): void;
  /** The leaders that are known are not, or no longer, the leaders. */
  onStaleLeaders(): void;
  /** So many offsets were deleted before they could be read. */
  onSkipped(queue: PartitionQueue, offsets: number): void;
  /** The log ends before the offset that was to be read next. */
  onShorterLog(queue: PartitionQueue): void;
  /** Something named `what` fails; `error` is undefined when it is over. */
  onTrouble(what: string, error: Error | undefined): void;
}

export interface FetcherOptions {
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  readonly maxBytesPerPartition: number;
  /** How long a broker may wait for records. */
  readonly maxWaitMs: number;
  readonly clock: Clock;
  readonly listener: FetcherListener;
}

export class Fetcher {
  readonly #client: KafkaClient;
  readonly #options: FetcherOptions;
  readonly #tasks = new TaskGroup();
  readonly #bells = new Map<string, Wakeup>();
  #readings: readonly Reading[] = [];
  #turn = 0;

  constructor(client: KafkaClient, options: FetcherOptions) {
    this.#client = client;
    this.#options = options;
    // However the tasks are told to end: one that waits for room has to hear of it.
    this.#tasks.signal.addEventListener("abort", () => this.wake());
  }

  /** Fetches for these queues from now on, and for no others; what still comes for others is dropped. */
  assign(queues: readonly PartitionQueue[]): void {
    for (const { queue, key } of this.#readings) {
      queue.onRoom = undefined;
      this.#options.listener.onTrouble(`reading ${key}`, undefined);
    }
    const share = Math.floor(MAX_QUEUED_BYTES / 2 / Math.max(1, queues.length));
    const fetchBytes = Math.max(LEAST_PARTITION_BYTES, Math.min(this.#options.maxBytesPerPartition, share));
    this.#readings = queues.map((queue) => new Reading(queue, { ...this.#options, fetchBytes }));
    for (const queue of queues) queue.onRoom = () => this.wake();
    this.followLeaders();
  }

  /** The leaders may have changed. */
  followLeaders(): void {
    for (const reading of this.#readings) {
      const leader = this.#client.leaderOf(reading.queue);
      if (leader === undefined) {
        const error = new KafkaError(ErrorCode.leaderNotAvailable, `read ${reading.key}`);
        reading.lackLeader();
        this.#options.listener.onTrouble(`reading ${reading.key}`, error);
      }
      if (leader === undefined || this.#bells.has(leader)) continue;
      const bell = new Wakeup(this.#options.clock);
      this.#bells.set(leader, bell);
      this.#tasks.spawn((signal) => this.#readFrom(leader, { bell, signal }));
    }
    this.wake();
  }

  /** What a watchdog is to see. */
  sights(): readonly Sight[] {
    return this.#readings.map(({ key, answers, queue, readOffset, readableEnd }) => {
      const hasLeader = this.#client.leaderOf(queue) !== undefined;
      return { key, answers, readOffset, readableEnd, hasMore: queue.hasMore, hasLeader };
    });
  }

  /** Partitions may have room again. */
  wake(): void {
    for (const bell of this.#bells.values()) bell.ring();
  }

  /** Fetches until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => {
      this.#tasks.stop();
      this.assign([]);
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      this.#tasks.spawn((signal) => this.#lookUpEnds(signal));
      await this.#tasks.ended();
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #readFrom(leader: string, { bell, signal }: { bell: Wakeup; signal: AbortSignal }): Promise<void> {
    const { clock, listener, maxWaitMs } = this.#options;
    let lastFetchMs = -Infinity;
    let failures = 0;
    while (!signal.aborted) {
      const led = this.#inTurn().filter(({ queue }) => this.#client.leaderOf(queue) === leader);
      if (led.length === 0) break;
      const nowMs = clock.monotonicMs();
      const totalQueuedBytes = this.#readings.reduce((sum, { queue }) => sum + queue.queuedBytes, 0);
      const plan = planFetch(led, { nowMs, lastFetchMs, maxWaitMs, totalQueuedBytes });
      if (plan.kind === "wait") {
        await bell.wait(plan.waitMs);
        continue;
      }
      lastFetchMs = nowMs;
      try {
        const throttleTimeMs = await this.#fetch(leader, { ...plan, sentMs: nowMs });
        failures = 0;
        listener.onTrouble(`fetching from ${leader}`, undefined);
        if (throttleTimeMs > 0) await clock.sleep(throttleTimeMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof BrokerConnectionError) && !(error instanceof KafkaError)) throw error;
        listener.onTrouble(`fetching from ${leader}`, error);
        listener.onStaleLeaders();
        const untilMs = clock.monotonicMs() + backOffMs(failures++, Math.random());
        // No longer than it leads anything: with another leader known, this broker's trouble is over.
        while (!signal.aborted && clock.monotonicMs() < untilMs && this.#leadsAny(leader)) {
          await bell.wait(untilMs - clock.monotonicMs());
        }
      }
    }
    if (!signal.aborted) listener.onTrouble(`fetching from ${leader}`, undefined);
    this.#bells.delete(leader);
  }

  /** Sends one fetch and takes in what comes; answers for how long the broker wants not to be asked. */
  async #fetch(leader: string, { partitions, minBytes, maxWaitMs, sentMs }: {
    partitions: readonly Reading[];
    minBytes: number;
    maxWaitMs: number;
    sentMs: number;
  }): Promise<number> {
    const asked = new Map(
      partitions.map((reading) => [reading.key, { reading, offset: reading.readOffset }]),
    );
    const response = await this.#client.fetch(leader, this.#makeRequest(partitions, { minBytes, maxWaitMs }));
    if (response.errorCode !== ErrorCode.none) {
      throw new KafkaError(response.errorCode, `fetch from ${leader}`);
    }
    for (const { topic, partitions } of response.topics) {
      for (const fetched of partitions) {
        const { reading, offset } = asked.get(partitionKey({ topic, partition: fetched.partition })) ?? {};
        // The assignment may have changed meanwhile: then this is for a queue that nobody reads.
        if (reading === undefined || !this.#readings.includes(reading)) continue;
        if (reading.queue.readOffset !== offset) continue;
        await this.#takeIn(reading, fetched, sentMs);
      }
    }
    this.#options.listener.onNews();
    return response.throttleTimeMs;
  }

  #makeRequest(
    readings: readonly Reading[],
    { minBytes, maxWaitMs }: { minBytes: number; maxWaitMs: number },
  ): FetchRequest {
    const partitions = readings.map(({ queue: { topic, partition }, readOffset, maxBytes }) => {
      return { topic, partition, fetchOffset: readOffset, maxBytes };
    });
    return {
      maxWaitTime: maxWaitMs,
      minBytes,
      maxBytes: Math.max(MAX_RESPONSE_BYTES, ...partitions.map(({ maxBytes }) => maxBytes)),
      isolationLevel: this.#options.isolation === "read_committed" ? 1 : 0,
      topics: groupByTopic(
        partitions,
        ({ partition, fetchOffset, maxBytes }) => ({ partition, fetchOffset, maxBytes }),
      ),
      timeoutMs: maxWaitMs + FETCH_TIMEOUT_MS,
    };
  }

  async #takeIn(reading: Reading, fetched: FetchedPartition, sentMs: number): Promise<void> {
    const { listener, clock } = this.#options;
    const { key } = reading;
    if (fetched.errorCode === ErrorCode.none) {
      if (reading.takeIn(fetched, { sentMs, nowMs: clock.monotonicMs() })) {
        listener.onTrouble(`reading ${key}`, undefined);
      }
      return;
    }
    if (fetched.errorCode === ErrorCode.offsetOutOfRange) return await this.#findRange(reading);
    reading.putOff(clock.monotonicMs());
    const error = new KafkaError(fetched.errorCode, `read ${key} at offset ${reading.readOffset}`);
    listener.onTrouble(`reading ${key}`, error);
    listener.onStaleLeaders();
  }

  /** The offset to be read is not in the log: it was deleted, or the log is not the one that it was. */
  async #findRange({ queue, key }: Reading): Promise<void> {
    const { topic, partition, readOffset: offset } = queue;
    const [logStart, logEnd] = await Promise.all([LOG_START, LOG_END].map(async (timestampMs) => {
      const offsets = await this.#client.listOffsets([{ topic, partition, timestampMs }]);
      return offsets.get(key) ?? offset;
    }));
    if (queue.readOffset !== offset) return;
    if (offset < logStart) {
      this.#options.listener.onSkipped(queue, logStart - offset);
      queue.skipTo(logStart);
    } else if (offset > logEnd) this.#options.listener.onShorterLog(queue);
  }

  async #lookUpEnds(signal: AbortSignal): Promise<void> {
    const { clock, listener } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(LOOK_UP_ENDS_MS, signal);
      const heardSinceMs = clock.monotonicMs() - LOOK_UP_ENDS_MS;
      const unheard = this.#readings.filter(({ queue, endHeardMs }) =>
        endHeardMs < heardSinceMs && this.#client.leaderOf(queue) !== undefined
      );
      if (signal.aborted) break;
      try {
        const ends = await this.#client.listOffsets(unheard.map(({ queue: { topic, partition } }) => {
          return { topic, partition, timestampMs: LOG_END };
        }));
        for (const reading of unheard) {
          const end = ends.get(reading.key);
          if (end !== undefined) reading.hearEnd(end, clock.monotonicMs());
        }
        listener.onTrouble("looking up the ends of logs", undefined);
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof BrokerConnectionError) && !(error instanceof KafkaError)) throw error;
        listener.onTrouble("looking up the ends of logs", error);
        listener.onStaleLeaders();
      }
    }
  }

  #leadsAny(leader: string): boolean {
    return this.#readings.some(({ queue }) => this.#client.leaderOf(queue) === leader);
  }

  /**
   * Those with the least in their queues come first: with many partitions an answer has room for some of them only. Among
   * equals another one goes first each time, as only the first one with records is sure to get a large batch.
   */
  #inTurn(): readonly Reading[] {
    const from = this.#turn++ % Math.max(1, this.#readings.length);
    const turned = [...this.#readings.slice(from), ...this.#readings.slice(0, from)];
    return turned.sort((a, b) => a.queuedBytes - b.queuedBytes);
  }
}
