// Kafka as a source. Read on in kafka_session.ts, then kafka/fetch/fetcher.ts, then records/partition_queue.ts: a
// session fetches, a fetcher fills the queues, the pipeline drains them.
//
// Any failure that a session cannot handle ends it, and after a pause the next one starts. Membership, assignment and
// queues outlive sessions. So there is one way back from every failure, and it loses as little as possible.

import { backOffMs } from "../../async/back_off.ts";
import type { Clock } from "../../async/clock.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { BrokerSecurity } from "../../kafka/connection/broker_security.ts";
import { isFatal, KafkaError } from "../../kafka/connection/kafka_error.ts";
import type { FetchSettings } from "../../kafka/fetch/fetch_request.ts";
import { Watchdog } from "../../kafka/fetch/watchdog.ts";
import { Membership } from "../../kafka/group/membership.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { ClusterMemory, NetworkClient } from "../../kafka/network_client.ts";
import type { Log } from "../../log/log.ts";
import { formatReplay } from "../replay_log.ts";
import type { Assignment, Progress, Readiness, Replay, Source } from "../source.ts";
import { AssignedPartitions } from "./assigned_partitions.ts";
import type { GroupLog } from "./group_log.ts";
import { KafkaSession, StuckSessionError } from "./kafka_session.ts";
import { isExpected, type KafkaEvents, SourceReport } from "./source_report.ts";
import type { SnapshotSource } from "./start_lookup.ts";
import type { StartMode, WindowSettings } from "./start_plan.ts";
import { TopicWatch } from "./topic_watch.ts";

/** A commit may take longer, but no caller waits longer for it. */
const SAVE_MS = 1_500;
/** How long a partition may be without progress: several requests may fail one after the other. */
const PATIENCE_MS = 30_000;
/** The failures before a session that lasted this long no longer lengthen the pause. */
const FORGIVEN_AFTER_MS = 30_000;
const METADATA_MS = 30_000;
/** A stop waits no longer for the coordinator. */
const LEAVE_MS = 1_500;

export interface KafkaSourceOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly topics: readonly (string | RegExp)[];
  readonly group: string;
  readonly clientId: string;
  /** Default: plain text, no login. */
  readonly security?: BrokerSecurity | undefined;
  readonly start: StartMode;
  readonly fetch: FetchSettings;
  /** How often topics and partitions are looked up. Default: 30 s. */
  readonly metadataIntervalMs?: number;
  readonly sessionTimeoutMs: number;
  readonly window: WindowSettings;
  readonly snapshots?: SnapshotSource | undefined;
  /** Undefined where counts are not reported. */
  readonly groupLog?: GroupLog | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly events: KafkaEvents;
  /** Makes the client of each session. Default: a NetworkClient. */
  readonly connect?: () => KafkaClient;
}

export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #report: SourceReport;
  readonly #topics: TopicWatch;
  readonly #membership: Membership;
  readonly #assigned: AssignedPartitions;
  readonly #watchdog: Watchdog;
  readonly #news: Wakeup;
  readonly #memory = new ClusterMemory();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #session: KafkaSession | undefined;
  #failedSessions = 0;
  /** No further session can help. */
  #fatal: { readonly error: unknown } | undefined;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(options: KafkaSourceOptions) {
    const { group, sessionTimeoutMs, start, window, snapshots, groupLog, clock, log } = options;
    this.#options = options;
    this.#news = new Wakeup(clock);
    this.#report = new SourceReport({ log, events: options.events, clock });
    const topics = this.#topics = new TopicWatch(options.topics);
    const epochs = groupLog?.epochs;
    const membership = this.#membership = new Membership({ group, sessionTimeoutMs, topics, epochs, clock });
    const lookup = { membership, topics, start, window, snapshots, groupLog };
    this.#assigned = new AssignedPartitions({ ...lookup, clock, log });
    this.#watchdog = new Watchdog({ patienceMs: PATIENCE_MS + options.fetch.maxWaitMs });
  }

  get assignment(): Assignment | undefined {
    return this.#assigned.assignment;
  }

  get readiness(): Readiness {
    const reason = this.#report.failure ?? this.#whyNotReady();
    if (reason !== undefined) return { ready: false, reason };
    const { note } = this.#report;
    return note === undefined ? { ready: true } : { ready: true, note };
  }

  get replay(): Replay | undefined {
    return this.#assigned.replay;
  }

  get isHandingOver(): boolean {
    return this.#assigned.isHandingOver;
  }

  mayClose(monotonicMs: number): boolean {
    return this.assignment !== undefined && this.#membership.isSure(monotonicMs);
  }

  async changed(timeoutMs: number): Promise<void> {
    if (this.#fatal === undefined) await this.#news.wait(timeoutMs);
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }

  wake(): void {
    this.#news.ring();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#session = this.#makeSession();
      const startedMs = clock.monotonicMs();
      try {
        await this.#session.run();
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof StuckSessionError || (error instanceof KafkaError && isFatal(error.code))) {
          this.#fatal = { error };
          this.#news.ring();
          break;
        }
        if (clock.monotonicMs() - startedMs >= FORGIVEN_AFTER_MS) this.#failedSessions = 0;
        this.#report.sessionFailed(error);
        this.#session = undefined;
        this.#news.ring();
        await clock.sleep(backOffMs(this.#failedSessions++, Math.random()), signal);
      }
    }
    this.#session = undefined;
  }

  #makeSession(): KafkaSession {
    const { brokers: bootstrap, clientId, security, connect, fetch, clock } = this.#options;
    const memory = this.#memory;
    return new KafkaSession({
      client: connect?.() ?? new NetworkClient({ bootstrap, clientId, security, memory, clock }),
      fetch,
      metadataIntervalMs: this.#options.metadataIntervalMs ?? METADATA_MS,
      topics: this.#topics,
      membership: this.#membership,
      assigned: this.#assigned,
      groupLog: this.#options.groupLog,
      watchdog: this.#watchdog,
      report: this.#report,
      news: this.#news,
      clock,
      log: this.#options.log,
    });
  }

  async save(progress: Progress): Promise<boolean> {
    this.#saving = this.#save(progress);
    const waiting = new AbortController();
    const tooLong = this.#options.clock.sleep(SAVE_MS, waiting.signal).then(() => false);
    return await Promise.race([this.#saving, tooLong]).finally(() => waiting.abort());
  }

  async #save(progress: Progress): Promise<boolean> {
    const session = this.#session;
    if (session === undefined) return false;
    try {
      const isSaved = await this.#assigned.save(session.client, progress);
      this.#report.works("commit");
      return isSaved;
    } catch (error) {
      if (!isExpected(error)) throw error;
      // The commit of a session that has ended fails with it; the session's own error tells why.
      if (this.#session === session) this.#report.failed("commit", error);
      return false;
    }
  }

  /** Verifies the last commit and leaves the group. */
  async stop(): Promise<void> {
    const session = this.#session;
    if (session !== undefined) {
      session.stopReading();
      const leaving = new AbortController();
      await Promise.race([
        this.#leave(session.client, leaving.signal),
        this.#options.clock.sleep(LEAVE_MS, leaving.signal),
      ]);
      leaving.abort();
    }
    this.#stopping.abort();
    this.#session?.stop();
    await this.#running;
    this.#assigned.drop();
  }

  async #leave(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#saving;
      await this.#assigned.handOver(client);
      const { partitions, differing } = await this.#assigned.readBack(client, signal);
      if (differing.length > 0) log.warn("the last commit has been changed since", { partitions: differing });
      else if (partitions > 0) log.info("the offsets are committed and verified", { partitions });
      await this.#membership.leave(client);
    } catch (error) {
      if (!isExpected(error)) throw error;
      if (!signal.aborted) log.warn("stopping without leaving the group", { error });
    }
  }

  #whyNotReady(): string | undefined {
    const { groupLog } = this.#options;
    if (groupLog?.notReady !== undefined) return groupLog.notReady;
    if (!this.#topics.isObserved) return `connecting to ${this.#options.brokers.join(", ")}`;
    const isEmpty = (this.assignment?.partitions ?? []).length === 0;
    const missing = this.#topics.missingReason;
    if (missing !== undefined && isEmpty) return missing;
    if (!this.#assigned.hasAssignment || (isEmpty && this.#membership.isJoining)) {
      return `waiting for the group "${this.#options.group}"`;
    }
    if (this.assignment === undefined) return "looking up where to start";
    if (this.replay !== undefined) return formatReplay(this.replay);
    return this.#session?.openTransaction;
  }
}
