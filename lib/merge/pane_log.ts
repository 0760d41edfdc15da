// The PaneLog reads the topic in which the members of a group report their counts, from a given offset to its end and on.
// Each failure ends a session with the brokers, and the next one continues where the last one stopped. A log that has lost
// what this member has read ends the process: it begins again from the commits then.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";
import { BrokerConnectionError, KafkaError } from "../kafka/connection/kafka_error.ts";
import { PartitionTail } from "../kafka/fetch/partition_tail.ts";
import { lookUpLogs } from "../kafka/log_bounds.ts";
import { partitionKey } from "../kafka/topic_partition.ts";
import { LinePace } from "../log/line_pace.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { PartitionQueue } from "../records/partition_queue.ts";
import type { PaneLogClient } from "./pane_log_topic.ts";

/** A part has 512 KiB at most, unless its head alone is larger: 100,000 partitions with long names. */
const MAX_PART_BYTES = 64 * 1024 * 1024;
const PARTITION = 0;
/** The pause before an unusable topic is checked again. */
const RETRY_MS = 2_000;
const TOPIC = "topic";

export interface PaneLogOptions {
  readonly topic: string;
  readonly connect: () => PaneLogClient;
  /** Why the topic cannot be used, with the remedy; undefined where it can. */
  readonly whyUnusable: (client: PaneLogClient) => Promise<string | undefined>;
  /** Called when there may be something to take. */
  readonly onNews: () => void;
  /** The log does not have offsets any more that a commit names. */
  readonly onLost: (offsets: number) => void;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

export class PaneLog {
  readonly #options: PaneLogOptions;
  readonly #outage: Outage;
  readonly #pace: LinePace;
  readonly #begun: Wakeup;
  readonly #stopping = new AbortController();
  #from: number | undefined;
  #onPartLost: ((logEnd: number) => void) | undefined;
  #queue: PartitionQueue | undefined;
  /** The end of the log when reading began. */
  #endMet = Infinity;
  #unusable: string | undefined;
  #error: unknown;
  #running: Promise<void> | undefined;

  constructor(options: PaneLogOptions) {
    this.#options = options;
    this.#outage = new Outage(options);
    this.#pace = new LinePace(options.clock);
    this.#begun = new Wakeup(options.clock);
  }

  /** Undefined before reading has begun. */
  get queue(): PartitionQueue | undefined {
    return this.#queue;
  }

  /** Everything that was in the log when reading began has been taken. */
  get hasCaughtUp(): boolean {
    return this.#queue !== undefined && this.#queue.position >= this.#endMet;
  }

  /** Why the log cannot be read now; undefined while it can. */
  get failure(): string | undefined {
    return this.#unusable ?? this.#outage.reason;
  }

  /** No retry helps. */
  get error(): unknown {
    return this.#error;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#error = error;
      this.#options.onNews();
    });
  }

  /**
   * Begins to read at this offset, or at the start of the log if it has lost it. `onPartLost` is called before the first
   * record, with the end of the log, if the log has lost some records from the offset on, but not all. Later calls have no
   * effect.
   */
  readFrom(offset: number, onPartLost: (logEnd: number) => void = () => {}): void {
    if (this.#from !== undefined) return;
    this.#from = offset;
    this.#onPartLost = onPartLost;
    this.#begun.ring();
  }

  /** Logs that no member can have made the report of this record. */
  impossible(offset: number, reason: string): void {
    if (!this.#pace.admits("impossible")) return;
    this.#options.log.warn(
      `a report in the pane log cannot be right: ${reason}; it is ignored: check which programs may write to the topic, ` +
        "and the clocks of this machine and of the members",
      { topic: this.#options.topic, offset },
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#begun.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { connect, clock } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      const client = connect();
      const close = () => void client.close();
      signal.addEventListener("abort", close);
      try {
        this.#unusable = await this.#options.whyUnusable(client);
        this.#options.onNews();
        if (this.#unusable === undefined) {
          failures = 0;
          await this.#read(client, signal);
        } else {
          this.#outage.failed(TOPIC, this.#unusable);
          await clock.sleep(RETRY_MS, signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof KafkaError) && !(error instanceof BrokerConnectionError)) throw error;
        this.#outage.failed(TOPIC, `reading the pane log: ${error.message}`);
        await clock.sleep(backOffMs(failures++, Math.random()), signal);
      } finally {
        signal.removeEventListener("abort", close);
        await client.close();
      }
    }
  }

  async #read(client: PaneLogClient, signal: AbortSignal): Promise<void> {
    while (this.#from === undefined && !signal.aborted) await this.#begun.wait(Infinity);
    if (this.#from === undefined || signal.aborted) return;
    const { clock } = this.#options;
    this.#queue ??= await this.#begin(client, this.#from);
    this.#outage.works(TOPIC);
    const tail = new PartitionTail({
      client,
      queue: this.#queue,
      maxRecordBytes: MAX_PART_BYTES,
      onFetched: () => this.#options.onNews(),
      report: {
        failed: (what, error) => this.#outage.failed(what, error.message),
        works: (what) => this.#outage.works(what),
      },
      clock,
    });
    await tail.run(signal);
  }

  async #begin(client: PaneLogClient, from: number): Promise<PartitionQueue> {
    const { topic, onLost, log } = this.#options;
    const partition = { topic, partition: PARTITION };
    const key = partitionKey(partition);
    await client.metadata([topic]);
    const { starts, ends } = await lookUpLogs(client, [partition]);
    const [start, end] = [starts.get(key) ?? 0, ends.get(key) ?? 0];
    this.#endMet = end;
    if (from > end) {
      log.warn("the pane log ends before the offset of a commit, so it is a new log: reading from its start");
    }
    const isNew = from > end;
    if (!isNew && from < start) {
      const isPart = start < end;
      log.warn(
        `reports were deleted before they were read: ${
          isPart ? "windows that may need them are left out" : "open windows are counted again"
        }`,
        { offsets: start - from },
      );
      onLost(start - from);
      if (isPart) this.#onPartLost?.(end);
    }
    return new PartitionQueue({ ...partition, startOffset: isNew ? start : Math.max(from, start) });
  }
}
