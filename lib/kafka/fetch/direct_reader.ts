// A DirectReader fills the queues of partitions from their read offsets on, without a group: it follows their leaders and
// ends with the first failure that a retry cannot help.

import type { Clock } from "../../async/clock.ts";
import { TaskGroup } from "../../async/task_group.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { PartitionQueue } from "../../records/partition_queue.ts";
import { BrokerConnectionError } from "../connection/kafka_error.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { partitionKey, type TopicPartition } from "../topic_partition.ts";
import type { FetchReport, FetchSession } from "./fetch_report.ts";
import type { FetchSettings } from "./fetch_request.ts";
import { Fetcher } from "./fetcher.ts";
import { Watchdog } from "./watchdog.ts";

const METADATA_MS = 30_000;
/** The shortest pause, however often stale leaders are reported. */
const MIN_METADATA_MS = 250;
const WATCH_MS = 1_000;
/** How long a partition may be without progress. */
const PATIENCE_MS = 30_000;

/** The log begins after the next offset to read, or ends before it. */
export class LogLostError extends Error {
  override readonly name = "LogLostError";
}

export interface DirectReaderOptions {
  readonly client: KafkaClient;
  readonly queues: readonly PartitionQueue[];
  readonly settings: FetchSettings;
  /** Called when a fetch has been answered. */
  readonly onFetched: () => void;
  /** Failures that may pass; they end when `works` is called with the same activity. */
  readonly report: Pick<FetchReport, "failed" | "works">;
  /** Called where a log has lost records: reading continues after them. Absent: it ends with a LogLostError. */
  readonly onLost?: (partition: TopicPartition, offsets: number) => void;
  readonly clock: Clock;
}

export class DirectReader implements FetchSession, FetchReport {
  readonly #options: DirectReaderOptions;
  readonly #fetcher: Fetcher;
  readonly #tasks = new TaskGroup();
  readonly #metadataWanted: Wakeup;

  constructor(options: DirectReaderOptions) {
    const { client, settings, clock } = options;
    this.#options = options;
    this.#metadataWanted = new Wakeup(clock);
    this.#fetcher = new Fetcher(client, { settings, session: this, report: this, clock });
    // After a failure, the wait for the next metadata must not delay the end.
    this.#tasks.signal.addEventListener("abort", () => this.#metadataWanted.ring());
  }

  /** Reads until `signal` is aborted. @throws LogLostError, BrokerConnectionError, KafkaError */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#tasks.stop();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      this.#tasks.spawn((signal) => this.#followLeaders(signal));
      this.#tasks.spawn((signal) => this.#watch(signal));
      await this.#tasks.ended();
    } finally {
      signal.removeEventListener("abort", stop);
      this.#fetcher.assign([]);
    }
  }

  // FetchSession

  onFetched(): void {
    this.#options.onFetched();
  }

  onStaleLeaders(): void {
    this.#metadataWanted.ring();
  }

  onTruncatedLog(queue: PartitionQueue): void {
    this.#lose(`the log ${partitionKey(queue)} ends before the next offset to read, ${queue.readOffset}`);
  }

  // FetchReport

  failed(what: string, error: Error): void {
    this.#options.report.failed(what, error);
  }

  works(what: string): void {
    this.#options.report.works(what);
  }

  throttled(): void {}

  recordsLost(partition: TopicPartition, offsets: number): void {
    const { onLost } = this.#options;
    if (onLost !== undefined) return onLost(partition, offsets);
    this.#lose(`the log ${partitionKey(partition)} has lost ${offsets} records before they were read`);
  }

  #lose(message: string): void {
    this.#tasks.spawn(() => Promise.reject(new LogLostError(message)));
  }

  async #followLeaders(signal: AbortSignal): Promise<void> {
    const { client, queues, clock } = this.#options;
    const topics = [...new Set(queues.map(({ topic }) => topic))];
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      await client.metadata(topics);
      if (isFirst) {
        this.#fetcher.assign(queues);
        this.#tasks.spawn((signal) => this.#fetcher.run(signal));
      } else this.#fetcher.followLeaders();
      await clock.sleep(MIN_METADATA_MS, signal);
      if (!signal.aborted) {
        await this.#metadataWanted.wait(this.#fetcher.isFailing ? MIN_METADATA_MS : METADATA_MS);
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, queues, settings: { maxWaitMs }, clock } = this.#options;
    const watchdog = new Watchdog({ patienceMs: PATIENCE_MS + maxWaitMs });
    watchdog.start();
    while (!signal.aborted) {
      await clock.sleep(WATCH_MS, signal);
      const decision = watchdog.check(this.#fetcher.facts(), clock.monotonicMs());
      if (decision.kind !== "stalled") continue;
      const [queue] = queues;
      throw new BrokerConnectionError(client.leaderOf(queue) ?? queue.topic, decision.reason);
    }
  }
}
