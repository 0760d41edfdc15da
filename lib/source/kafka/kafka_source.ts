// Kafka as a source. Whatever goes wrong in a way that is not mended on the spot ends the session, and after a while
// another one begins; the membership, the assignment and its queues outlive it. So there is one way back from every kind
// of failure, and none of them costs more than it must.

import type { Clock } from "../../async/clock.ts";
import { backOffMs } from "../../async/back_off.ts";
import type { BrokerSecurity } from "../../kafka/connection/broker_security.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { ClusterMemory, NetworkClient } from "../../kafka/network_client.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";
import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import { BrokerConnectionError, isFatal, KafkaError } from "../../kafka/connection/kafka_error.ts";
import { Membership } from "../../kafka/group/membership.ts";
import { Watchdog } from "../../kafka/fetch/watchdog.ts";
import type { Log } from "../../log/log.ts";
import { Outage } from "../../log/outage.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { HeldPartitions, type SnapshotSource } from "./assigned_partitions.ts";
import { KafkaSession, StalledError, StuckSessionError } from "./kafka_session.ts";
import { formatReplay } from "../replay_log.ts";
import type { Assignment, Progress, Readiness, Replay, Source } from "../source.ts";
import type { FoundStart } from "./start_lookup.ts";
import type { StartMode } from "./start_plan.ts";
import { TopicWatch } from "./topic_watch.ts";

/** How long a rebalance waits for the last progress to be saved, so that whoever takes over goes on from there. */
const LAST_SAVE_MS = 1_500;
/** A commit may take longer, but nobody waits longer for it. */
const SAVE_MS = 1_500;
/** For how long a partition may be without progress: several requests may have come to nothing one after the other. */
const PATIENCE_MS = 30_000;
/** A session that has lasted so long owes nothing to those that failed before it. */
const FORGIVEN_AFTER_MS = 30_000;
/** How long a stop takes leave, at most: a broker that does not answer holds up no stop. */
const FAREWELL_MS = 1_500;

/** What is counted elsewhere. */
export interface KafkaEvents {
  /** The group has given out its partitions anew. */
  rebalance(): void;
  /** A session has ended with an error. */
  consumerRestart(): void;
  /** So many offsets were deleted before they could be read. */
  skippedOffsets(topic: string, partition: number, offsets: number): void;
}

export interface KafkaSourceOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Names, and patterns that a topic's name has to match. */
  readonly topics: readonly (string | RegExp)[];
  readonly group: string;
  readonly clientId: string;
  /** In plain and without a log-in where it is not given. */
  readonly security?: BrokerSecurity | undefined;
  readonly start: StartMode;
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  readonly maxBytesPerPartition: number;
  readonly maxWaitMs: number;
  readonly sessionTimeoutMs: number;
  readonly windowLengthMs: number;
  readonly windowSlideMs: number;
  readonly windowTime: "event" | "processing";
  /** Where the last snapshot comes from, if any are taken. */
  readonly snapshots?: SnapshotSource | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly events: KafkaEvents;
  /** Makes a client for each session; without it, one over the network. */
  readonly connect?: () => KafkaClient;
}

/** What a source tells about itself. */
export interface KafkaStatus {
  /** `generation` is -1 outside of the group. */
  readonly group: { readonly id: string; readonly memberId: string; readonly generation: number };
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
    /** -1 before it is heard of. */
    readonly highWatermark: number;
    readonly lag: number;
  }[];
}

export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #topics: TopicWatch;
  readonly #membership: Membership;
  readonly #held: HeldPartitions;
  readonly #watchdog: Watchdog;
  readonly #outage: Outage;
  readonly #news: Wakeup;
  readonly #stopping = new AbortController();
  readonly #memory = new ClusterMemory();
  #running: Promise<void> | undefined;
  #session: KafkaSession | undefined;
  #failedSessions = 0;
  /** The coordinator has answered in this session. */
  #isHeard = false;
  /** What no other session can cure. */
  #failure: { readonly error: unknown } | undefined;
  #saving: Promise<boolean> = Promise.resolve(true);
  #onSaved: (() => void) | undefined;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    this.#news = new Wakeup(options.clock);
    this.#topics = new TopicWatch(options.topics);
    this.#outage = new Outage(options);
    this.#membership = new Membership({
      ...options,
      listener: {
        topics: () => this.#topics.topics,
        partitions: () => this.#topics.partitions,
        onHeard: () => this.#isHeard = true,
        onRejoin: () => this.#waitForLastSave(),
        onAssigned: (assignment, continuous) => this.#take(assignment, continuous),
      },
    });
    this.#held = new HeldPartitions({
      ...options,
      membership: this.#membership,
      isNewTopic: (topic) => this.#topics.isNewcomer(topic),
    });
    this.#watchdog = new Watchdog({ patienceMs: PATIENCE_MS + options.maxWaitMs });
  }

  get assignment(): Assignment | undefined {
    return this.#held.assignment;
  }

  get readiness(): Readiness {
    const reason = this.#outage.reason ?? this.#whyNotReady();
    return reason === undefined ? { ready: true } : { ready: false, reason };
  }

  get replay(): Replay | undefined {
    return this.#held.replay;
  }

  get status(): KafkaStatus {
    const { memberId, generation } = this.#membership;
    const partitions = (this.assignment?.partitions ?? []).map((queue) => {
      const { topic, partition, position, highWatermark, lag } = queue;
      return { topic, partition, position, highWatermark, lag };
    });
    return { group: { id: this.#options.group, memberId, generation }, partitions };
  }

  mayClose(monotonicMs: number): boolean {
    return this.assignment !== undefined && this.#membership.holds(monotonicMs);
  }

  async changed(timeoutMs: number): Promise<void> {
    if (this.#failure === undefined) await this.#news.wait(timeoutMs);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  wake(): void {
    this.#news.ring();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async save(progress: Progress): Promise<boolean> {
    this.#saving = this.#save(progress).finally(() => this.#onSaved?.());
    const waiting = new AbortController();
    const tooLong = this.#options.clock.sleep(SAVE_MS, waiting.signal).then(() => false);
    return await Promise.race([this.#saving, tooLong]).finally(() => waiting.abort());
  }

  /** Reads the last commit back, and leaves the group. */
  async stop(): Promise<void> {
    const session = this.#session;
    if (session !== undefined) {
      session.stopReading();
      const farewell = new AbortController();
      await Promise.race([
        this.#takeLeave(session.client, farewell.signal),
        this.#options.clock.sleep(FAREWELL_MS, farewell.signal),
      ]);
      farewell.abort();
    }
    this.#stopping.abort();
    this.#session?.stop();
    await this.#running;
    this.#held.drop();
  }

  async #run(): Promise<void> {
    const { clock, events, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#session = this.#makeSession();
      this.#isHeard = false;
      const begunMs = clock.monotonicMs();
      try {
        await this.#session.run();
      } catch (error) {
        if (signal.aborted) break;
        if (isFinal(error)) {
          this.#failure = { error };
          this.#news.ring();
          break;
        }
        if (clock.monotonicMs() - begunMs >= FORGIVEN_AFTER_MS) this.#failedSessions = 0;
        events.consumerRestart();
        if (!isExpected(error)) log.error("reading from Kafka failed in an unforeseen way", { error });
        this.#outage.failedAsAWhole("session", describe(error));
        this.#session = undefined;
        this.#news.ring();
        await clock.sleep(backOffMs(this.#failedSessions++, Math.random()), signal);
      }
    }
    this.#session = undefined;
  }

  #makeSession(): KafkaSession {
    const { brokers: bootstrap, clientId, security, clock } = this.#options;
    const memory = this.#memory;
    return new KafkaSession({
      connect: () => new NetworkClient({ bootstrap, memory, clientId, security, clock }),
      ...this.#options,
      topics: this.#topics,
      membership: this.#membership,
      held: this.#held,
      watchdog: this.#watchdog,
      listener: {
        onNews: () => this.#news.ring(),
        onBegun: (starts) => this.#tellStarts(starts),
        onWell: () => this.#recover(),
        onSkipped: ({ topic, partition }, offsets) => this.#tellSkipped({ topic, partition, offsets }),
        onTrouble: (what, error) => {
          if (error === undefined) this.#outage.works(what);
          else this.#outage.failed(what, describe(error));
        },
      },
    });
  }

  /** All that is assigned is being read; without the coordinator's word that may be nothing. */
  #recover(): void {
    if (this.#isHeard) this.#outage.works("session");
  }

  #take(assignment: GroupAssignment, continuous: boolean): void {
    const { generation, memberId: member } = this.#membership;
    const ours = assignment.partitions.map(partitionKey);
    this.#options.events.rebalance();
    this.#options.log.info("the group has given out its partitions", { generation, member, ours });
    this.#held.take(assignment, continuous);
    if (this.assignment === undefined) this.#session?.begin();
    this.#news.ring();
  }

  #tellStarts(starts: readonly FoundStart[]): void {
    const { log } = this.#options;
    for (const { topic, partition, skippedOffsets: offsets, isRemade } of starts) {
      if (isRemade) log.warn("a log ends before its commit, it is read from its start", { topic, partition });
      if (offsets > 0) this.#tellSkipped({ topic, partition, offsets });
    }
    const at = starts.map((start) => `${partitionKey(start)}:${start.startOffset}`);
    log.info("reading begins", { at, records_to_read_again: this.replay?.left ?? 0 });
  }

  #tellSkipped(skipped: { topic: string; partition: number; offsets: number }): void {
    const { log, events } = this.#options;
    log.warn("records were deleted before they could be read, windows are not whole", skipped);
    events.skippedOffsets(skipped.topic, skipped.partition, skipped.offsets);
  }

  async #save(progress: Progress): Promise<boolean> {
    const session = this.#session;
    if (session === undefined) return false;
    try {
      const isKept = await this.#held.save(session.client, progress);
      this.#outage.works("commit");
      return isKept;
    } catch (error) {
      if (!isExpected(error)) throw error;
      // With the session over so is what was under way in it, and the session's failure says why.
      if (this.#session === session) this.#outage.failed("commit", describe(error));
      return false;
    }
  }

  async #waitForLastSave(): Promise<void> {
    if (this.assignment === undefined) return;
    const waiting = new AbortController();
    this.#onSaved = () => waiting.abort();
    await this.#options.clock.sleep(LAST_SAVE_MS, AbortSignal.any([waiting.signal, this.#stopping.signal]));
    this.#onSaved = undefined;
  }

  async #takeLeave(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#saving;
      const { partitions, differing } = await this.#held.commits.readBack(client, signal);
      if (differing.length > 0) log.warn("the last commit reads back otherwise", { partitions: differing });
      else if (partitions > 0) log.info("the offsets are committed and read back", { partitions });
      await this.#membership.leave(client);
    } catch (error) {
      if (!isExpected(error)) throw error;
      if (!signal.aborted) log.warn("stopping without having left the group", { error });
    }
  }

  #whyNotReady(): string | undefined {
    if (!this.#topics.isObserved) return `connecting to ${this.#options.brokers.join(", ")}`;
    const isEmpty = (this.assignment?.partitions ?? []).length === 0;
    const missing = this.#topics.missingReason;
    if (missing !== undefined && isEmpty) return missing;
    if (!this.#held.isHolding || (isEmpty && this.#membership.isJoining)) {
      return `waiting for the group "${this.#options.group}"`;
    }
    if (this.assignment === undefined) return "looking up where to begin";
    return this.replay && formatReplay(this.replay);
  }
}

/** What a broker, or the way to it, may do at any time. */
function isExpected(error: unknown): boolean {
  return error instanceof BrokerConnectionError || error instanceof KafkaError ||
    error instanceof StalledError;
}

function isFinal(error: unknown): boolean {
  return error instanceof StuckSessionError || (error instanceof KafkaError && isFatal(error.code));
}

function describe(error: unknown): string {
  if (error instanceof BrokerConnectionError) return `connecting to ${error.address}: ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
