// Fills the queues of the assigned partitions: one loop for each broker that leads some of them. A broker that fails
// blocks its own partitions only; their next leader continues. Each answer goes through PartitionFetch to a
// PartitionQueue (records/partition_queue.ts).

import { backOffMs } from "../../async/back_off.ts";
import type { Clock } from "../../async/clock.ts";
import { Pace } from "../../async/pace.ts";
import { TaskGroup } from "../../async/task_group.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { PartitionQueue } from "../../records/partition_queue.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import { type FetchRequest, type KafkaClient, LOG_END } from "../kafka_client.ts";
import { partitionKey } from "../topic_partition.ts";
import type { FetchedPartition, FetchResponse } from "../wire/fetch_response.ts";
import { lookUpLogs } from "../log_bounds.ts";
import type { FetchReport, FetchSession } from "./fetch_report.ts";
import { planFetch, usualFetchBytes } from "./fetch_plan.ts";
import { FETCH_TIMEOUT_MS, type FetchSettings, makeFetchRequest } from "./fetch_request.ts";
import { PartitionFetch } from "./partition_fetch.ts";
import type { FetchFacts } from "./watchdog.ts";

/** Fetches that are so far apart need no further pause, whatever they bring. */
const SLOW_FETCH_MS = 100;
/** By default a broker's quotas look back 11 s. */
const MAX_THROTTLE_MS = 60_000;
/** How often the end of a log is looked up while its queue is full. */
const LOOK_UP_ENDS_MS = 5_000;
const ENDS = "looking up the ends of logs";

export class Fetcher {
  readonly #client: KafkaClient;
  readonly #settings: FetchSettings;
  readonly #session: FetchSession;
  readonly #report: FetchReport;
  readonly #clock: Clock;
  readonly #tasks = new TaskGroup();
  readonly #bells = new Map<string, Wakeup>();
  readonly #failing = new Set<string>();
  /** By broker, monotonic: when it serves this client again, with room for the next fetch. */
  readonly #throttledUntilMs = new Map<string, number>();
  #fetches: readonly PartitionFetch[] = [];
  #rotation = 0;

  constructor(client: KafkaClient, { settings, session, report, clock }: {
    readonly settings: FetchSettings;
    readonly session: FetchSession;
    readonly report: FetchReport;
    readonly clock: Clock;
  }) {
    this.#client = client;
    this.#settings = settings;
    this.#session = session;
    this.#report = report;
    this.#clock = clock;
    // A loop that waits for room must notice the end of the tasks, whatever caused it.
    this.#tasks.signal.addEventListener("abort", () => this.wake());
  }

  get isFailing(): boolean {
    return this.#failing.size > 0;
  }

  /** Fetches for these queues from now on. Answers that still arrive for other queues are dropped. */
  assign(queues: readonly PartitionQueue[]): void {
    for (const { queue, key } of this.#fetches) {
      queue.onRoom = undefined;
      this.#works(`reading ${key}`);
    }
    this.#fetches = queues.map((queue) => new PartitionFetch(queue, this.#settings));
    for (const queue of queues) queue.onRoom = () => this.wake();
    this.followLeaders();
  }

  /** Starts a loop for each new leader. */
  followLeaders(): void {
    for (const fetch of this.#fetches) {
      const leader = this.#client.leaderOf(fetch.queue);
      if (leader === undefined) {
        fetch.loseLeader();
        this.#fails(
          `reading ${fetch.key}`,
          new KafkaError(ErrorCode.leaderNotAvailable, `read ${fetch.key}`),
        );
      }
      if (leader === undefined || this.#bells.has(leader)) continue;
      const bell = new Wakeup(this.#clock);
      this.#bells.set(leader, bell);
      this.#tasks.spawn((signal) => this.#fetchFrom(leader, { bell, signal }));
    }
    this.wake();
  }

  facts(): readonly FetchFacts[] {
    return this.#fetches.map((fetch) => {
      const { key, answers, readOffset, readableEnd, logEnd, hasMore } = fetch;
      const leader = this.#client.leaderOf(fetch.queue);
      const hasLeader = leader !== undefined;
      const isThrottled = (this.#throttledUntilMs.get(leader ?? "") ?? 0) > this.#clock.monotonicMs();
      return { key, answers, readOffset, readableEnd, logEnd, hasMore, hasLeader, isThrottled };
    });
  }

  /** A partition from which nothing has been read because of an open transaction. */
  get behindTransaction(): Pick<PartitionFetch, "key" | "readOffset"> | undefined {
    return this.#fetches.find(({ isBehindTransaction }) => isBehindTransaction);
  }

  /** Queues may have room again. */
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

  async #fetchFrom(leader: string, { bell, signal }: { bell: Wakeup; signal: AbortSignal }): Promise<void> {
    const clock = this.#clock;
    const { maxWaitMs, patientMinBytes } = this.#settings;
    const what = `fetching from ${leader}`;
    let lastFetchMs = -Infinity;
    let lastWholeFetchMs = -Infinity;
    let leanFetches = 0;
    let failures = 0;
    // A broker may answer at once without records, although it was allowed to wait for them.
    const pace = new Pace(clock);
    while (!signal.aborted) {
      const led = this.#inOrder().filter(({ queue }) => this.#client.leaderOf(queue) === leader);
      if (led.length === 0) break;
      const nowMs = clock.monotonicMs();
      const totalQueuedBytes = this.#fetches.reduce((sum, { queue }) => sum + queue.queuedBytes, 0);
      const usualBytes = usualFetchBytes(this.#fetches, this.#settings.maxBytesPerPartition);
      for (const fetch of led) fetch.usualBytes = usualBytes;
      const times = { nowMs, lastFetchMs, lastWholeFetchMs, leanFetches, maxWaitMs };
      const plan = planFetch(led, { ...times, patientMinBytes, totalQueuedBytes });
      if (plan.kind === "wait") {
        await bell.wait(plan.waitMs);
        continue;
      }
      if (nowMs - lastFetchMs >= Math.min(SLOW_FETCH_MS, maxWaitMs / 2)) pace.progress();
      await pace.wait(signal);
      lastFetchMs = clock.monotonicMs();
      if (plan.isWhole) lastWholeFetchMs = lastFetchMs;
      leanFetches = plan.isWhole ? 0 : leanFetches + 1;
      try {
        const { throttleTimeMs, hasMoved } = await this.#fetch(
          leader,
          makeFetchRequest(plan, this.#settings),
          plan.partitions,
        );
        failures = 0;
        this.#works(what);
        if (throttleTimeMs > 0) await this.#obeyQuota(leader, throttleTimeMs, signal);
        if (hasMoved) pace.progress();
      } catch (error) {
        if (signal.aborted) break;
        this.#failsExpectedly(what, error);
        const untilMs = clock.monotonicMs() + backOffMs(failures++, Math.random());
        // When another broker leads its partitions, the failure of this one is over.
        while (!signal.aborted && clock.monotonicMs() < untilMs && this.#leadsAny(leader)) {
          await bell.wait(untilMs - clock.monotonicMs());
        }
      }
    }
    if (!signal.aborted) this.#works(what);
    this.#bells.delete(leader);
    this.#throttledUntilMs.delete(leader);
  }

  async #obeyQuota(leader: string, throttleTimeMs: number, signal: AbortSignal): Promise<void> {
    const pauseMs = Math.min(throttleTimeMs, MAX_THROTTLE_MS);
    this.#report.throttled(leader, pauseMs);
    const untilMs = this.#clock.monotonicMs() + pauseMs + this.#settings.maxWaitMs + FETCH_TIMEOUT_MS;
    this.#throttledUntilMs.set(leader, untilMs);
    await this.#clock.sleep(pauseMs, signal);
  }

  /** Sends one fetch and queues its records. `throttleTimeMs`: the broker asks the client to pause. */
  async #fetch(
    leader: string,
    request: FetchRequest,
    fetches: readonly PartitionFetch[],
  ): Promise<{ readonly throttleTimeMs: number; readonly hasMoved: boolean }> {
    const sentMs = this.#clock.monotonicMs();
    const asked = new Map(fetches.map((fetch) => [fetch.key, { fetch, offset: fetch.readOffset }]));
    const assigned = this.#fetches;
    const response = await this.#client.fetch(leader, request);
    if (response.errorCode !== ErrorCode.none) {
      throw new KafkaError(response.errorCode, `fetch from ${leader}`);
    }
    let hasMoved = false;
    const outOfRange = new Set<PartitionFetch>();
    const roomBytes = request.maxBytes - sizeBytes(response);
    for (const { topic, partitions } of response.topics) {
      for (const fetched of partitions) {
        const { fetch, offset } = asked.get(partitionKey({ topic, partition: fetched.partition })) ?? {};
        // The assignment may have changed since the request.
        if (fetch === undefined || fetch.readOffset !== offset || this.#fetches !== assigned) continue;
        if (fetched.errorCode === ErrorCode.offsetOutOfRange) outOfRange.add(fetch);
        else this.#accept(fetch, fetched, { sentMs, hadRoom: fetch.maxBytes <= roomBytes });
        hasMoved ||= fetch.readOffset !== offset;
      }
    }
    if (outOfRange.size > 0) await this.#findRanges([...outOfRange]);
    this.#session.onFetched();
    return { throttleTimeMs: response.throttleTimeMs, hasMoved };
  }

  #accept(
    fetch: PartitionFetch,
    fetched: FetchedPartition,
    { sentMs, hadRoom }: { readonly sentMs: number; readonly hadRoom: boolean },
  ): void {
    const what = `reading ${fetch.key}`;
    const { isFailing } = fetch;
    const failure = fetch.accept(fetched, { sentMs, nowMs: this.#clock.monotonicMs(), hadRoom });
    if (failure === undefined) {
      if (isFailing) this.#works(what);
      return;
    }
    this.#fails(what, failure);
    this.#session.onStaleLeaders();
  }

  /** The next offsets are not in the logs: records were deleted, or a log is another one. */
  async #findRanges(fetches: readonly PartitionFetch[]): Promise<void> {
    const asked = fetches.map(({ readOffset }) => readOffset);
    // Where the lookup does not help, the next one comes after a pause.
    for (const fetch of fetches) fetch.postpone(this.#clock.monotonicMs());
    const { starts, ends } = await lookUpLogs(this.#client, fetches.map(({ queue }) => queue));
    fetches.forEach(({ queue, key }, i) => {
      const offset = asked[i];
      if (queue.readOffset !== offset) return;
      const logStart = starts.get(key) ?? offset;
      if (offset < logStart) {
        this.#report.recordsLost(queue, logStart - offset);
        queue.skipTo(logStart);
      } else if (offset > (ends.get(key) ?? offset)) this.#session.onTruncatedLog(queue);
    });
  }

  async #lookUpEnds(signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    while (!signal.aborted) {
      await clock.sleep(LOOK_UP_ENDS_MS, signal);
      const sentMs = clock.monotonicMs();
      const due = this.#fetches.filter(({ queue, endSeenMs }) =>
        endSeenMs < sentMs - LOOK_UP_ENDS_MS && this.#client.leaderOf(queue) !== undefined
      );
      if (signal.aborted) break;
      try {
        const ends = await this.#client.listOffsets(due.map(({ queue: { topic, partition } }) => {
          return { topic, partition, timestampMs: LOG_END };
        }));
        for (const fetch of due) {
          const end = ends.get(fetch.key);
          if (end !== undefined) fetch.setEnd(end, { sentMs, nowMs: clock.monotonicMs() });
        }
        this.#works(ENDS);
      } catch (error) {
        if (signal.aborted) break;
        this.#failsExpectedly(ENDS, error);
      }
    }
  }

  #works(what: string): void {
    this.#failing.delete(what);
    this.#report.works(what);
  }

  #fails(what: string, error: Error): void {
    this.#failing.add(what);
    this.#report.failed(what, error);
  }

  /** @throws an error that neither brokers nor the network cause */
  #failsExpectedly(what: string, error: unknown): void {
    if (!(error instanceof BrokerConnectionError) && !(error instanceof KafkaError)) throw error;
    this.#fails(what, error);
    this.#session.onStaleLeaders();
  }

  #leadsAny(leader: string): boolean {
    return this.#fetches.some(({ queue }) => this.#client.leaderOf(queue) === leader);
  }

  /**
   * The shortest queues come first: with many partitions an answer has room for some of them only. Among equals another
   * one comes first each time, as only the first one with records is sure to get a large batch.
   */
  #inOrder(): readonly PartitionFetch[] {
    const from = this.#rotation++ % Math.max(1, this.#fetches.length);
    const rotated = [...this.#fetches.slice(from), ...this.#fetches.slice(0, from)];
    return rotated.sort((a, b) => a.queuedBytes - b.queuedBytes);
  }
}

/** The bytes of its records. */
function sizeBytes({ topics }: FetchResponse): number {
  let bytes = 0;
  for (const { partitions } of topics) for (const { recordSet } of partitions) bytes += recordSet.length;
  return bytes;
}
