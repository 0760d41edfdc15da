// Kafka as a source. A session is one client with what runs on it: membership, metadata, fetching. Whatever goes wrong
// in a way that is not mended on the spot ends the session, its sockets are destroyed, and after a while another one
// begins; the membership, the assignment and its queues outlive it. So there is one way back from every kind of failure.

import type { Clock } from "../clock.ts";
import { backOffMs } from "../kafka/back_off.ts";
import { KafkaClient, LOG_END, LOG_START, partitionKey, type TopicPartition } from "../kafka/client.ts";
import { Fetcher } from "../kafka/fetcher.ts";
import { BrokerConnectionError, KafkaError } from "../kafka/kafka_error.ts";
import { checkKafkajs } from "../kafka/kafkajs.ts";
import { Membership, type OffsetCommit } from "../kafka/membership.ts";
import type { Log } from "../log.ts";
import { Outage } from "../outage.ts";
import { TaskGroup } from "../task_group.ts";
import { Wakeup } from "../wakeup.ts";
import { formatCommitMetadata, parseCommitMetadata } from "./commit_metadata.ts";
import { PartitionQueue } from "./partition_queue.ts";
import type { Assignment, Progress, Readiness, Source } from "./source.ts";
import { planStart, type StartMode, type StartPlan } from "./start_plan.ts";
import { TopicWatch } from "./topic_watch.ts";

const METADATA_MS = 30_000;
/** While a topic or a leader is missing. */
const METADATA_SOON_MS = 2_000;
/** Whatever the number of complaints about leaders. */
const METADATA_LEAST_MS = 250;
/** How long a rebalance waits for the last progress to be saved, so that whoever takes over goes on from there. */
const LAST_SAVE_MS = 1_500;
/** How long a stop takes leave, at most; a broker that does not answer holds up no stop. */
const FAREWELL_MS = 2_000;
const PLAN_RETRY_MS = 500;

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
  readonly start: StartMode;
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  readonly maxBytesPerPartition: number;
  readonly maxWaitMs: number;
  readonly sessionTimeoutMs: number;
  readonly windowLengthMs: number;
  readonly windowSlideMs: number;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug" | "info" | "warn" | "error">;
  readonly events: KafkaEvents;
}

export interface KafkaStatus {
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

interface Session {
  readonly client: KafkaClient;
  readonly fetcher: Fetcher;
  readonly tasks: TaskGroup;
}

export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #topics: TopicWatch;
  readonly #membership: Membership;
  readonly #outage: Outage;
  readonly #news = new Wakeup();
  readonly #metadataBell = new Wakeup();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #session: Session | undefined;
  #failedSessions = 0;
  #assignment: Assignment | undefined;
  /** Held by us; what to do with it is being looked up while there is no assignment. */
  #held: readonly TopicPartition[] | undefined;
  #planning: AbortController | undefined;
  #closedUntilMs = -Infinity;
  #firstEndMs: number | undefined;
  readonly #processedUntil = new Map<string, number>();
  #lastCommits: readonly OffsetCommit[] = [];
  #saving: Promise<boolean> = Promise.resolve(true);
  #onSaved: (() => void) | undefined;

  /** @throws Error when kafkajs is not what this was written for. */
  constructor(options: KafkaSourceOptions) {
    checkKafkajs();
    const { group, sessionTimeoutMs, clock, log } = options;
    this.#options = options;
    this.#topics = new TopicWatch(options.topics);
    this.#outage = new Outage({ log, clock });
    this.#membership = new Membership({
      group,
      sessionTimeoutMs,
      clock,
      listener: {
        topics: () => this.#topics.topics,
        partitions: () => this.#topics.partitions,
        onHeard: () => {
          this.#failedSessions = 0;
          this.#outage.works("session");
        },
        onRejoin: () => this.#waitForLastSave(),
        onAssigned: (partitions, continuous) => this.#takeOver(partitions, continuous),
      },
    });
  }

  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  get readiness(): Readiness {
    const reason = this.#outage.reason ?? this.#whyNotReady();
    return reason === undefined ? { ready: true } : { ready: false, reason };
  }

  get status(): KafkaStatus {
    const { memberId, generation } = this.#membership;
    return {
      group: { id: this.#options.group, memberId, generation },
      partitions: this.#queues().map(({ topic, partition, position, highWatermark, lag }) => ({
        topic,
        partition,
        position,
        highWatermark,
        lag,
      })),
    };
  }

  mayClose(monotonicMs: number): boolean {
    return this.#assignment !== undefined && this.#membership.holds(monotonicMs);
  }

  changed(timeoutMs: number): Promise<void> {
    return this.#news.wait(timeoutMs);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  save(progress: Progress): Promise<boolean> {
    this.#saving = this.#save(progress).finally(() => this.#onSaved?.());
    return this.#saving;
  }

  /** Leaves the group; before that it reads the last commit back. */
  async stop(): Promise<void> {
    this.#planning?.abort();
    const session = this.#session;
    if (session !== undefined) {
      session.fetcher.assign([]);
      const farewell = new AbortController();
      await Promise.race([
        this.#takeLeave(session.client, farewell.signal),
        this.#options.clock.sleep(FAREWELL_MS, farewell.signal),
      ]);
      farewell.abort();
    }
    this.#stopping.abort();
    await this.#running;
    this.#assignment = undefined;
  }

  // Sessions

  async #run(): Promise<void> {
    const { clock, events, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#runSession(signal);
      } catch (error) {
        if (signal.aborted) break;
        events.consumerRestart();
        const isExpected = error instanceof BrokerConnectionError || error instanceof KafkaError;
        if (!isExpected) {
          log.error("the Kafka consumer failed in an unforeseen way and begins anew", { error });
        }
        this.#outage.failed("session", error instanceof Error ? describe(error) : String(error));
        this.#news.ring();
        await clock.sleep(backOffMs(this.#failedSessions++, Math.random()), signal);
      }
    }
  }

  async #runSession(stopping: AbortSignal): Promise<void> {
    const { brokers, clientId, isolation, checkCrcs, maxBytesPerPartition, maxWaitMs, clock, log, events } =
      this.#options;
    const tasks = new TaskGroup();
    const client = new KafkaClient({ bootstrap: brokers, clientId });
    const fetcher = new Fetcher(client, {
      isolation,
      checkCrcs,
      maxBytesPerPartition,
      maxWaitMs,
      clock,
      listener: {
        onNews: () => this.#news.ring(),
        onStaleLeaders: () => this.#metadataBell.ring(),
        onSkipped: (queue, offsets) => {
          log.warn("records were deleted before they could be read, windows are not whole", {
            topic: queue.topic,
            partition: queue.partition,
            offsets,
          });
          events.skippedOffsets(queue.topic, queue.partition, offsets);
        },
        onShorterLog: (queue) => {
          log.warn("a log ends before the offset to be read next, its topic may have been made anew", {
            topic: queue.topic,
            partition: queue.partition,
            offset: queue.readOffset,
          });
          this.#replan();
        },
        onTrouble: (what, error) => {
          if (error === undefined) this.#outage.works(what);
          else this.#outage.failed(what, describe(error));
        },
      },
    });
    const stop = () => tasks.stop();
    stopping.addEventListener("abort", stop);
    tasks.signal.addEventListener("abort", () => {
      this.#planning?.abort();
      this.#metadataBell.ring();
      void client.close();
    });
    try {
      this.#session = { client, fetcher, tasks };
      if (stopping.aborted) return stop();
      tasks.spawn((signal) => this.#watchTopics(client, signal));
      await tasks.ended();
    } finally {
      stopping.removeEventListener("abort", stop);
      tasks.stop();
      await client.close();
      this.#session = undefined;
    }
  }

  /** The first metadata starts the rest; later ones follow the leaders, and what there is to assign. */
  async #watchTopics(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let isFirst = true;
    while (!signal.aborted) {
      const metadata = await client.metadata(this.#topics.wanted);
      const change = this.#topics.observe(metadata);
      for (const reason of change.newlyMissing) log.warn(`${reason}; waiting for it`);
      if (isFirst) this.#beginSession();
      else if (change.topics || (change.partitions && this.#membership.isLeader)) this.#membership.rejoin();
      isFirst = false;
      this.#session?.fetcher.followLeaders();
      this.#news.ring();
      await clock.sleep(METADATA_LEAST_MS, signal);
      if (!signal.aborted) {
        await this.#metadataBell.wait(this.#topics.isIncomplete ? METADATA_SOON_MS : METADATA_MS);
      }
    }
  }

  #beginSession(): void {
    const session = this.#session;
    if (session === undefined) return;
    const { client, fetcher, tasks } = session;
    if (this.#assignment !== undefined) fetcher.assign(this.#queues());
    else if (this.#held !== undefined) this.#replan();
    tasks.spawn((signal) => fetcher.run(signal));
    tasks.spawn((signal) => this.#membership.run(client, signal));
  }

  async #takeLeave(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#saving;
      const commits = this.#lastCommits;
      const found = await this.#membership.committed(client, commits, signal);
      const lost = commits.filter((commit) => found.get(partitionKey(commit))?.offset !== commit.offset);
      if (lost.length > 0) {
        log.warn("the last commit reads back otherwise", { partitions: lost.map(partitionKey) });
      } else if (commits.length > 0) {
        log.info("offsets are committed and read back", { partitions: commits.length });
      }
      await this.#membership.leave(client);
    } catch (error) {
      if (!signal.aborted) log.warn("could not take leave of the group", { error });
    }
  }

  // Assignment

  #queues(): readonly PartitionQueue[] {
    return this.#assignment?.partitions ?? [];
  }

  /** The group has given us partitions. The same ones as before go on as if nothing had happened. */
  #takeOver(partitions: readonly TopicPartition[], continuous: boolean): void {
    const { events, log } = this.#options;
    events.rebalance();
    const { generation, memberId } = this.#membership;
    const isSame = sameKeys(this.#held ?? [], partitions);
    log.info("the group has assigned partitions", {
      generation,
      member: memberId,
      partitions: partitions.map(partitionKey),
    });
    this.#held = partitions;
    if (isSame && continuous && this.#assignment !== undefined) this.#news.ring();
    else this.#replan();
  }

  /** Looks up where to begin with what is held, and makes an assignment of it. */
  #replan(): void {
    const session = this.#session;
    const held = this.#held;
    this.#planning?.abort();
    this.#rememberProcessed();
    this.#assignment = undefined;
    this.#news.ring();
    if (session === undefined || held === undefined) return;
    session.fetcher.assign([]);
    const planning = new AbortController();
    this.#planning = planning;
    session.tasks.spawn(() => this.#plan(session, { held, signal: planning.signal }));
  }

  async #plan(
    session: Session,
    { held, signal }: { held: readonly TopicPartition[]; signal: AbortSignal },
  ): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#saving;
        const plan = await this.#lookUp(session.client, { held, signal });
        if (signal.aborted) return;
        const assignment = await this.#resolve(session.client, plan);
        if (signal.aborted) return;
        // At once, so that a first life with `latest` that ends soon loses nothing.
        await this.#commit(session.client, {
          ...assignment,
          assignment,
          partitions: assignment.partitions.map(({ topic, partition, position }) => ({
            topic,
            partition,
            position,
            replayFrom: position,
          })),
        });
        if (signal.aborted) return;
        this.#outage.works("beginning");
        this.#publish(session, assignment);
        return;
      } catch (error) {
        // A partition without a leader gets one; any other failure ends the session.
        if (signal.aborted) return;
        if (!(error instanceof KafkaError)) throw error;
        this.#outage.failed("beginning", describe(error));
        this.#metadataBell.ring();
        await clock.sleep(PLAN_RETRY_MS, signal);
      }
    }
  }

  async #lookUp(
    client: KafkaClient,
    { held, signal }: { held: readonly TopicPartition[]; signal: AbortSignal },
  ): Promise<StartPlan> {
    const { windowLengthMs, windowSlideMs, start, clock } = this.#options;
    const heldTopics = new Set(held.map(({ topic }) => topic));
    const ofTopics = this.#topics.partitions.filter(({ topic }) => heldTopics.has(topic));
    const concerned = new Map([...ofTopics, ...held].map((one) => [partitionKey(one), one]));
    const commits = await this.#membership.committed(client, [...concerned.values()], signal);
    const begunTopics = new Set([...commits.values()].map(({ topic }) => topic));
    const [starts, ends] = await Promise.all([
      client.listOffsets(held.map((one) => ({ ...one, timestampMs: LOG_START }))),
      client.listOffsets(held.map((one) => ({ ...one, timestampMs: LOG_END }))),
    ]);
    return planStart({
      nowMs: clock.nowMs(),
      lengthMs: windowLengthMs,
      slideMs: windowSlideMs,
      mode: start,
      closedUntilMs: this.#closedUntilMs,
      firstEndMs: this.#firstEndMs,
      partitions: held.map((one) => {
        const key = partitionKey(one);
        const commit = commits.get(key);
        return {
          ...one,
          logStart: starts.get(key) ?? 0,
          logEnd: ends.get(key) ?? 0,
          commit: commit && { offset: commit.offset, metadata: parseCommitMetadata(commit.metadata) },
          processedUntil: this.#processedUntil.get(key) ?? 0,
          isNewcomer: begunTopics.has(one.topic) || this.#topics.isNewcomer(one.topic),
        };
      }),
    });
  }

  /** Looks up the times of a plan, and makes the queues. */
  async #resolve(client: KafkaClient, plan: StartPlan): Promise<Assignment> {
    const { log, events } = this.#options;
    const byTime = plan.partitions.flatMap(({ topic, partition, begin }) =>
      begin.kind === "timestamp" ? [{ topic, partition, timestampMs: begin.timestampMs }] : []
    );
    const found = await client.listOffsets(byTime);
    const partitions = plan.partitions.map((start) => {
      const { topic, partition, begin, replayUntil, skippedOffsets, isRemade } = start;
      if (isRemade) {
        log.warn("a log ends before its commit, so it is read from its start", { topic, partition });
      }
      if (skippedOffsets > 0) {
        log.warn("records are no longer in the log, windows are not whole", {
          topic,
          partition,
          offsets: skippedOffsets,
        });
        events.skippedOffsets(topic, partition, skippedOffsets);
      }
      const looked = found.get(partitionKey(start)) ?? -1;
      const startOffset = begin.kind === "offset"
        ? begin.offset
        : looked < 0
        ? begin.atMost
        : Math.min(looked, begin.atMost);
      return new PartitionQueue({
        topic,
        partition,
        startOffset,
        replayUntil: Math.max(startOffset, replayUntil),
      });
    });
    return { partitions, closedUntilMs: plan.closedUntilMs, firstEndMs: plan.firstEndMs };
  }

  #publish({ fetcher }: Session, assignment: Assignment): void {
    this.#rememberProcessed();
    this.#closedUntilMs = assignment.closedUntilMs;
    this.#firstEndMs = assignment.firstEndMs;
    this.#assignment = assignment;
    fetcher.assign(assignment.partitions);
    this.#metadataBell.ring();
    this.#news.ring();
    this.#options.log.info("reading begins", {
      partitions: assignment.partitions.map((queue) => `${partitionKey(queue)}@${queue.position}`),
      records_to_read_again: this.#replayLeft(),
    });
  }

  #rememberProcessed(): void {
    for (const queue of this.#queues()) {
      const key = partitionKey(queue);
      const until = Math.max(queue.position, queue.replayUntil);
      this.#processedUntil.set(key, Math.max(until, this.#processedUntil.get(key) ?? 0));
    }
  }

  // Commits

  async #save(progress: Progress): Promise<boolean> {
    const session = this.#session;
    if (progress.assignment !== this.#assignment) return false;
    this.#closedUntilMs = Math.max(this.#closedUntilMs, progress.closedUntilMs);
    if (session === undefined) return false;
    try {
      return await this.#commit(session.client, progress);
    } catch (error) {
      if (!(error instanceof BrokerConnectionError) && !(error instanceof KafkaError)) throw error;
      if (this.#session === session) this.#outage.failed("commit", describe(error));
      return false;
    }
  }

  async #commit(client: KafkaClient, progress: Progress): Promise<boolean> {
    const { windowLengthMs: lengthMs, windowSlideMs: slideMs } = this.#options;
    const { assignment, closedUntilMs, firstEndMs, partitions } = progress;
    const replayUntil = new Map(
      assignment.partitions.map((queue) => [partitionKey(queue), queue.replayUntil]),
    );
    const commits = partitions.map((one): OffsetCommit => ({
      topic: one.topic,
      partition: one.partition,
      // What an earlier life has counted stays so, however little of it has been read again.
      offset: Math.max(one.position, replayUntil.get(partitionKey(one)) ?? 0),
      metadata: formatCommitMetadata({
        closedUntilMs,
        firstEndMs,
        lengthMs,
        slideMs,
        replayFrom: one.replayFrom,
      }),
    }));
    const kept = await this.#membership.commit(client, commits);
    if (kept) {
      this.#lastCommits = commits;
      this.#outage.works("commit");
    }
    return kept;
  }

  async #waitForLastSave(): Promise<void> {
    if (this.#assignment === undefined) return;
    const waiting = new AbortController();
    this.#onSaved = () => waiting.abort();
    this.#news.ring();
    await this.#options.clock.sleep(LAST_SAVE_MS, AbortSignal.any([waiting.signal, this.#stopping.signal]));
    this.#onSaved = undefined;
  }

  // Readiness

  #whyNotReady(): string | undefined {
    if (!this.#topics.isObserved) return `connecting to ${this.#options.brokers.join(", ")}`;
    const missing = this.#topics.missingReason;
    const queues = this.#queues();
    if (missing !== undefined && queues.length === 0) return missing;
    if (this.#held === undefined) return `waiting for the group "${this.#options.group}"`;
    if (this.#assignment === undefined) return "looking up where to begin";
    const replayLeft = this.#replayLeft();
    return replayLeft > 0 ? `reading ${replayLeft} records again` : undefined;
  }

  #replayLeft(): number {
    return this.#queues().reduce((sum, { replayUntil, highWatermark, position }) => {
      const until = highWatermark < 0 ? replayUntil : Math.min(replayUntil, highWatermark);
      return sum + Math.max(0, until - position);
    }, 0);
  }
}

function sameKeys(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  const keys = new Set(a.map(partitionKey));
  return a.length === b.length && b.every((one) => keys.has(partitionKey(one)));
}

function describe(error: Error): string {
  return error instanceof BrokerConnectionError
    ? `connecting to ${error.address}: ${error.reason}`
    : error.message;
}
