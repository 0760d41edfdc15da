// One attempt at reading from Kafka: a client, and what runs on it. It ends with the first failure that is not mended on
// the spot, or when it is told to; its sockets are destroyed then, and nothing of it is used again.

import type { Clock } from "../../async/clock.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { Fetcher, type FetcherListener } from "../../kafka/fetch/fetcher.ts";
import { KafkaError } from "../../kafka/connection/kafka_error.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { Watchdog } from "../../kafka/fetch/watchdog.ts";
import type { Log } from "../../log/log.ts";
import { TaskGroup } from "../../async/task_group.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { HeldPartitions } from "./assigned_partitions.ts";
import type { FoundStart } from "./start_lookup.ts";
import type { TopicWatch } from "./topic_watch.ts";

const METADATA_MS = 30_000;
/** While a topic or a leader is missing, or a broker fails, whose partitions others will lead. */
const METADATA_SOON_MS = 2_000;
/** Whatever the number of complaints about leaders. */
const METADATA_LEAST_MS = 250;
const BEGIN_RETRY_MS = 500;
const WATCH_MS = 500;
/** While partitions are being read, all of them: what ends that is not in a hurry to be told. */
const WATCH_READING_MS = 1_000;
/** A session that is told to end has no reason to take so long. */
const END_MS = 10_000;

/** Reading has come to a standstill. */
export class StalledError extends Error {
  override readonly name = "StalledError";
}

/** A session has not ended when it was told to: what is left of it would get in the way of another one. */
export class StuckSessionError extends Error {
  override readonly name = "StuckSessionError";
}

/** What its owner is told. */
export interface SessionListener extends Omit<FetcherListener, "onStaleLeaders" | "onShorterLog"> {
  /** There is an assignment, which begins there. */
  onBegun(starts: readonly FoundStart[]): void;
  /** Every partition is being read. */
  onWell(): void;
}

export interface KafkaSessionOptions {
  /** Makes a client of the session's own. */
  readonly connect: () => KafkaClient;
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  readonly maxBytesPerPartition: number;
  readonly maxWaitMs: number;
  readonly topics: TopicWatch;
  readonly membership: Membership;
  readonly held: HeldPartitions;
  readonly watchdog: Watchdog;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly listener: SessionListener;
}

export class KafkaSession {
  readonly client: KafkaClient;
  readonly #options: KafkaSessionOptions;
  readonly #fetcher: Fetcher;
  readonly #tasks = new TaskGroup();
  readonly #bell: Wakeup;
  /** What fails now of the fetching. */
  readonly #troubles = new Set<string>();
  #beginning = new AbortController();

  constructor(options: KafkaSessionOptions) {
    const { listener, log } = options;
    this.#options = options;
    this.#bell = new Wakeup(options.clock);
    this.client = options.connect();
    this.#fetcher = new Fetcher(this.client, {
      ...options,
      listener: {
        ...listener,
        onStaleLeaders: () => this.#bell.ring(),
        onTrouble: (what, error) => {
          if (error === undefined) this.#troubles.delete(what);
          else this.#troubles.add(what);
          listener.onTrouble(what, error);
        },
        onShorterLog: ({ topic, partition, readOffset: offset }) => {
          log.warn("a log ends before the offset to be read next", { topic, partition, offset });
          this.begin();
        },
      },
    });
    this.#tasks.signal.addEventListener("abort", () => {
      this.#beginning.abort();
      this.#bell.ring();
      void this.client.close();
    });
  }

  /** Runs until it fails, or is stopped. @throws BrokerConnectionError, KafkaError, StalledError, StuckSessionError */
  async run(): Promise<void> {
    this.#tasks.spawn((signal) => this.#watchTopics(signal));
    this.#tasks.spawn((signal) => this.#watchProgress(signal));
    const over = new AbortController();
    const ended = this.#tasks.ended().finally(() => this.client.close()).finally(() => over.abort());
    // What has ended may have failed.
    await Promise.race([ended, this.#outstay(over.signal).then(() => ended)]);
  }

  /** Ends it. */
  stop(): void {
    this.#tasks.stop();
  }

  /** Nothing is pushed any more; the group is not left. */
  stopReading(): void {
    this.#beginning.abort();
    this.#fetcher.assign([]);
  }

  /** Looks up where to begin with what is held, and reads from there. */
  begin(): void {
    const { held, clock, listener } = this.#options;
    this.stopReading();
    held.drop();
    listener.onNews();
    const beginning = new AbortController();
    this.#beginning = beginning;
    this.#tasks.spawn(async () => {
      while (!beginning.signal.aborted) {
        try {
          const starts = await held.begin(this.client, beginning.signal);
          listener.onTrouble("beginning", undefined);
          if (starts !== undefined) return this.#read(starts);
        } catch (error) {
          if (beginning.signal.aborted) return;
          // A partition without a leader will have one; anything else ends the session.
          if (!(error instanceof KafkaError)) throw error;
          listener.onTrouble("beginning", error);
          this.#bell.ring();
        }
        await clock.sleep(BEGIN_RETRY_MS, beginning.signal);
      }
    });
  }

  #read(starts: readonly FoundStart[]): void {
    const { held, listener } = this.#options;
    this.#fetcher.assign(held.assignment?.partitions ?? []);
    listener.onBegun(starts);
    listener.onNews();
  }

  /** The first metadata starts the rest; later ones follow the leaders, and what there is to assign. */
  async #watchTopics(signal: AbortSignal): Promise<void> {
    const { topics, membership, clock, log, listener } = this.#options;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const newlyMissing = topics.observe(await this.client.metadata(topics.wanted));
      for (const reason of newlyMissing) log.warn(`${reason}; waiting for it`);
      if (isFirst) this.#startTasks();
      membership.followTopics();
      this.#fetcher.followLeaders();
      listener.onNews();
      await clock.sleep(METADATA_LEAST_MS, signal);
      if (!signal.aborted) await this.#bell.wait(this.#expectsNews ? METADATA_SOON_MS : METADATA_MS);
    }
  }

  get #expectsNews(): boolean {
    return this.#options.topics.isIncomplete || this.#troubles.size > 0;
  }

  async #watchProgress(signal: AbortSignal): Promise<void> {
    const { watchdog, clock, listener } = this.#options;
    watchdog.begin();
    let isReading = false;
    while (true) {
      await clock.sleep(isReading ? WATCH_READING_MS : WATCH_MS, signal);
      if (signal.aborted) return;
      const sights = this.#fetcher.sights();
      const verdict = watchdog.look(sights, clock.monotonicMs());
      if (verdict.kind === "stalled") throw new StalledError(verdict.reason);
      if (verdict.kind === "well") listener.onWell();
      isReading = verdict.kind === "well" && sights.length > 0;
    }
  }

  /** Rejects when the session should have ended long ago; never resolves before it has. */
  async #outstay(over: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await clock.sleep(Infinity, AbortSignal.any([over, this.#tasks.signal]));
    await clock.sleep(END_MS, over);
    if (!over.aborted) throw new StuckSessionError("a session with Kafka has not ended when told to");
  }

  #startTasks(): void {
    const { membership, held } = this.#options;
    if (held.assignment !== undefined) this.#fetcher.assign(held.assignment.partitions);
    else if (held.isHolding) this.begin();
    this.#tasks.spawn((signal) => this.#fetcher.run(signal));
    this.#tasks.spawn((signal) => membership.run(this.client, signal));
  }
}
