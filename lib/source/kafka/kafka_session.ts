// One session with Kafka: a client and the loops that use it (metadata, membership, fetching, watchdog). It ends with the
// first failure that its loops cannot handle, or when it is stopped. Then all its connections are destroyed.
//
// The session tells its Fetcher (lib/kafka/fetch/fetcher.ts) which queues to fill: see `#startReading`.

import type { Clock } from "../../async/clock.ts";
import { Pace } from "../../async/pace.ts";
import { TaskGroup } from "../../async/task_group.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { ErrorCode, KafkaError } from "../../kafka/connection/kafka_error.ts";
import type { FetchSession } from "../../kafka/fetch/fetch_report.ts";
import { Fetcher } from "../../kafka/fetch/fetcher.ts";
import type { FetchSettings } from "../../kafka/fetch/fetch_request.ts";
import type { Watchdog } from "../../kafka/fetch/watchdog.ts";
import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { MembershipListener } from "../../kafka/group/membership_run.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import type { Log } from "../../log/log.ts";
import type { PartitionQueue } from "../../records/partition_queue.ts";
import type { AssignedPartitions } from "./assigned_partitions.ts";
import { type GroupLog, OtherCountingError } from "./group_log.ts";
import { type SourceReport, StalledError } from "./source_report.ts";
import type { TopicWatch } from "./topic_watch.ts";

/** While a topic or a leader is missing, or a broker fails whose partitions others will lead. */
const METADATA_SOON_MS = 2_000;
/** The shortest pause, however often stale leaders are reported. */
const MIN_METADATA_MS = 250;
const START_RETRY_MS = 500;
/** Lookups for one assignment, before the next one has to wait. */
const FREE_STARTS = 4;
/**
 * If the metadata still lacks an assigned partition after this time, the assignment may be wrong, and the member joins again.
 * That stops the whole group for a moment, and in vain where only this member's broker is behind: each next time it waits
 * twice as long.
 */
const UNKNOWN_MS = { first: 10_000, last: 600_000 };
const JOINING = "joining";
const WATCH_MS = 500;
/** While all partitions are being read, a change is not urgent. */
const WATCH_READING_MS = 1_000;
/** The time that a stopped session gets to end. */
const END_MS = 10_000;

/** A stopped session does not end, so its remains could disturb the next one. */
export class StuckSessionError extends Error {
  override readonly name = "StuckSessionError";
}

export interface KafkaSessionOptions {
  readonly client: KafkaClient;
  readonly fetch: FetchSettings;
  readonly metadataIntervalMs: number;
  readonly topics: TopicWatch;
  readonly membership: Membership;
  readonly assigned: AssignedPartitions;
  /** Undefined where counts are not reported. */
  readonly groupLog: GroupLog | undefined;
  readonly watchdog: Watchdog;
  readonly report: SourceReport;
  /** Rung when the pipeline has something to look at. */
  readonly news: Wakeup;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

export class KafkaSession implements FetchSession, MembershipListener {
  readonly client: KafkaClient;
  readonly #options: KafkaSessionOptions;
  readonly #fetcher: Fetcher;
  readonly #tasks = new TaskGroup();
  readonly #metadataWanted: Wakeup;
  readonly #startPace: Pace;
  #starting = new AbortController();
  #unknownMs: number = UNKNOWN_MS.first;

  constructor(options: KafkaSessionOptions) {
    const { client, fetch, report, clock } = options;
    this.client = client;
    this.#options = options;
    this.#metadataWanted = new Wakeup(clock);
    this.#startPace = new Pace(clock, { freeRequests: FREE_STARTS });
    this.#fetcher = new Fetcher(client, { settings: fetch, session: this, report, clock });
    this.#tasks.signal.addEventListener("abort", () => {
      this.#starting.abort();
      this.#metadataWanted.ring();
      void client.close();
    });
  }

  /** Runs until it fails or is stopped. @throws BrokerConnectionError, KafkaError, StalledError, StuckSessionError */
  async run(): Promise<void> {
    this.#tasks.spawn((signal) => this.#followTopics(signal));
    this.#tasks.spawn((signal) => this.#watchProgress(signal));
    const over = new AbortController();
    const ended = this.#tasks.ended().finally(() => this.client.close()).finally(() => over.abort());
    // The second promise never resolves before `ended`, which may reject.
    await Promise.race([ended, this.#rejectWhenStuck(over.signal).then(() => ended)]);
  }

  stop(): void {
    this.#tasks.stop();
  }

  /** Why nothing has been read from a partition although it has records; undefined for none. */
  get openTransaction(): string | undefined {
    const blocked = this.#fetcher.behindTransaction;
    if (blocked === undefined) return undefined;
    return `an open transaction holds the records of ${blocked.key} from offset ${blocked.readOffset} on: ` +
      "its producer must commit or abort it, or set source.kafka.isolation to read_uncommitted";
  }

  /** Pushes nothing from now on. The membership stays. */
  stopReading(): void {
    this.#starting.abort();
    this.#fetcher.assign([]);
  }

  // MembershipListener

  /** A member that takes over a partition continues from the last save, so the rebalance waits for one. */
  async onRejoin(): Promise<void> {
    const { assigned, news } = this.#options;
    const saved = assigned.waitForSave(this.#tasks.signal);
    news.ring();
    await saved;
  }

  onAssigned(assignment: GroupAssignment, continuous: boolean): void {
    const { membership, assigned, report, news } = this.#options;
    report.assigned(assignment.partitions, membership);
    assigned.take(assignment, continuous);
    // The joins have a pace of their own.
    this.#startPace.progress();
    if (assigned.assignment === undefined) this.#startReading();
    news.ring();
  }

  onJoinsInVain(error: KafkaError | undefined): void {
    const { report, membership } = this.#options;
    report.failed(
      JOINING,
      error ?? new KafkaError(ErrorCode.memberIdRequired, `join the group "${membership.group}"`),
    );
  }

  onMember(): void {
    this.#options.report.works(JOINING);
  }

  // FetchSession

  onFetched(): void {
    this.#options.news.ring();
  }

  onStaleLeaders(): void {
    this.#metadataWanted.ring();
  }

  onTruncatedLog({ topic, partition, readOffset: offset }: PartitionQueue): void {
    this.#options.report.logIsTruncated({ topic, partition }, offset);
    this.#startReading();
  }

  /** Looks up where the assigned partitions start, and fetches from there. */
  #startReading(): void {
    const { assigned, news } = this.#options;
    this.stopReading();
    assigned.drop();
    news.ring();
    const { signal } = this.#starting = new AbortController();
    this.#tasks.spawn(() => this.#lookUpAndFetch(signal));
  }

  async #lookUpAndFetch(signal: AbortSignal): Promise<void> {
    const { assigned, membership, report, news, clock, log } = this.#options;
    let rejoinAtMs = clock.monotonicMs() + this.#unknownMs;
    while (!signal.aborted) {
      await this.#startPace.wait(signal);
      if (signal.aborted) return;
      try {
        const starts = await assigned.start(this.client, signal);
        report.works("starting");
        if (starts !== undefined) {
          this.#unknownMs = UNKNOWN_MS.first;
          this.#fetcher.assign(assigned.assignment?.partitions ?? []);
          report.readingStarts(starts, assigned.replay?.left ?? 0);
          return news.ring();
        }
      } catch (error) {
        if (signal.aborted) return;
        // A partition without a leader gets one; any other error ends the session.
        if (!(error instanceof KafkaError)) throw error;
        report.failed("starting", error);
        this.#metadataWanted.ring();
        const nowMs = clock.monotonicMs();
        if (nowMs >= rejoinAtMs && assigned.isBeyondMetadata) {
          this.#unknownMs = Math.min(UNKNOWN_MS.last, 2 * this.#unknownMs);
          rejoinAtMs = nowMs + this.#unknownMs;
          log.warn("joining the group again: it has assigned a partition that the brokers do not name");
          membership.rejoin();
        }
      }
      await clock.sleep(START_RETRY_MS, signal);
    }
  }

  /** The first metadata starts the other loops. Later metadata may change leaders, and the partitions to assign. */
  async #followTopics(signal: AbortSignal): Promise<void> {
    const { topics, membership, assigned, metadataIntervalMs, clock, log, news } = this.#options;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const metadata = await this.client.metadata(topics.wanted);
      const newlyMissing = topics.observe(metadata, clock.monotonicMs());
      for (const reason of newlyMissing) log.warn(`${reason}; waiting for it`);
      for (const reason of topics.leftOut) log.warn(reason);
      if (isFirst) this.#startLoops();
      membership.followTopics();
      // The leader of the group may notice it much later: windows do not wait for that.
      for (const queue of assigned.assignment?.partitions ?? []) if (topics.isGone(queue.topic)) queue.end();
      this.#fetcher.followLeaders();
      news.ring();
      await clock.sleep(MIN_METADATA_MS, signal);
      const isChangeExpected = topics.isIncomplete || this.#fetcher.isFailing;
      if (!signal.aborted) {
        await this.#metadataWanted.wait(isChangeExpected ? METADATA_SOON_MS : metadataIntervalMs);
      }
    }
  }

  #startLoops(): void {
    const { assigned } = this.#options;
    if (assigned.assignment !== undefined) this.#fetcher.assign(assigned.assignment.partitions);
    else if (assigned.hasAssignment) this.#startReading();
    this.#tasks.spawn((signal) => this.#fetcher.run(signal));
    this.#tasks.spawn((signal) => this.#runMembership(signal));
  }

  /** A member that reports its counts joins once it has read the pane log: the leader has to know the epochs in it. */
  async #runMembership(signal: AbortSignal): Promise<void> {
    const { membership, assigned, groupLog } = this.#options;
    const run = { client: this.client, listener: this, signal };
    if (groupLog === undefined) return await membership.run(run);
    await assigned.catchUp(this.client, groupLog, signal);
    try {
      await membership.run(run);
    } catch (error) {
      const isRefused = error instanceof KafkaError && error.code === ErrorCode.inconsistentGroupProtocol;
      throw isRefused ? new OtherCountingError(membership.group) : error;
    }
  }

  async #watchProgress(signal: AbortSignal): Promise<void> {
    const { watchdog, membership, report, clock } = this.#options;
    watchdog.start();
    let isReading = false;
    while (true) {
      await clock.sleep(isReading ? WATCH_READING_MS : WATCH_MS, signal);
      if (signal.aborted) return;
      const facts = this.#fetcher.facts();
      const decision = watchdog.check(facts, clock.monotonicMs());
      if (decision.kind === "stalled") throw new StalledError(decision.reason);
      // Without the coordinator's answer the assignment may be empty for no good reason.
      if (decision.kind === "progressing" && membership.isConfirmed) report.works("session");
      isReading = decision.kind === "progressing" && facts.length > 0;
    }
  }

  /** Rejects when the session has been stopped and does not end. */
  async #rejectWhenStuck(over: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await clock.sleep(Infinity, AbortSignal.any([over, this.#tasks.signal]));
    await clock.sleep(END_MS, over);
    if (!over.aborted) throw new StuckSessionError("a session with Kafka does not end after its stop");
  }
}
