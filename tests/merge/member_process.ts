// One member of a MergingGroup, wired as the daemon does it. Its connections are simple: a test says when its reports
// arrive in the pane log, and when its windows arrive in the output topic.

import { GroupEpochs } from "../../lib/kafka/group/group_epochs.ts";
import type { OffsetCommit } from "../../lib/kafka/group/group_offsets.ts";
import { type KafkaClient, LOG_END, LOG_START } from "../../lib/kafka/kafka_client.ts";
import { partitionKey } from "../../lib/kafka/topic_partition.ts";
import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import { GroupWindows } from "../../lib/merge/group_windows.ts";
import { MemberReports } from "../../lib/merge/member_reports.ts";
import { MergingMember } from "../../lib/merge/merging_member.ts";
import { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { Governor } from "../../lib/rate/governor.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { AssignedPartitions } from "../../lib/source/kafka/assigned_partitions.ts";
import { TopicWatch } from "../../lib/source/kafka/topic_watch.ts";
import type { Source } from "../../lib/source/source.ts";
import { PaneWindow } from "../../lib/window/pane_window.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { Watermark } from "../../lib/window/watermark.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeOutputs } from "../fakes/fake_outputs.ts";
import { fakeBatch } from "../fakes/fake_source.ts";
import { readingRules } from "../fakes/reading_rules.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { silentTally } from "../fakes/silent_tally.ts";
import { UNLIMITED } from "../pipeline/pipeline_rig.ts";
import { IDLE_MS, LATENESS_MS, LENGTH_MS, MAX_FUTURE_MS, SLIDE_MS, TOPIC } from "./group_times.ts";
import type { MergingGroup, Rebalance } from "./merging_group.ts";
import { FINGERPRINT } from "./reports.ts";

const START_RETRY_MS = 500;
/** In a tick. A turn takes one batch of each partition. */
const MAX_TURNS = 200;
const TIMES = { lengthMs: LENGTH_MS, slideMs: SLIDE_MS };

/** Reads the pane log of the group. */
class LogTail {
  failure: string | undefined;
  error: unknown;
  queue: PartitionQueue | undefined;
  readonly impossibleReasons: string[] = [];
  readonly #group: Pick<MergingGroup, "log" | "logStart">;
  #endMet = Infinity;

  constructor(group: Pick<MergingGroup, "log" | "logStart">) {
    this.#group = group;
  }

  get hasCaughtUp(): boolean {
    return this.queue !== undefined && this.queue.position >= this.#endMet;
  }

  start(): void {}

  readFrom(offset: number, onPartLost: (logEnd: number) => void): void {
    const { log: { length: end }, logStart: start } = this.#group;
    // As PaneLog does: a log that ends before the offset is a new one.
    const isNew = offset > end;
    const startOffset = isNew ? start : Math.max(offset, start);
    this.queue ??= new PartitionQueue({ topic: "panes", partition: 0, startOffset });
    this.#endMet = Math.min(this.#endMet, end);
    if (!isNew && offset < start && start < end) onPartLost(end);
  }

  impossible(_offset: number, reason: string): void {
    this.impossibleReasons.push(reason);
  }

  fetch(): void {
    const { queue } = this;
    const { log } = this.#group;
    if (queue === undefined || queue.readOffset >= log.length) return;
    for (let offset = queue.readOffset; offset < log.length; offset++) {
      const value = log[offset];
      queue.push({
        sizeBytes: value.length,
        nextOffset: offset + 1,
        arrivedMs: 0,
        decode(into) {
          into.reset(value);
          into.push(offset, 0, -1, -1, 0, value.length);
          return undefined;
        },
      });
    }
    queue.highWatermark = log.length;
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** The reports under way to the pane log. */
export class Wire {
  readonly failure = undefined;
  readonly error = undefined;
  isBlocked = false;
  /** Delivers each report with the next turn; otherwise a test calls `deliver`. */
  isOpen = true;
  readonly #log: Uint8Array[];
  readonly #parts: Uint8Array[] = [];
  #last: Uint8Array | undefined;
  readonly #waiting = new Set<{ left: number; readonly resolve: (isSent: boolean) => void }>();

  constructor(log: Uint8Array[]) {
    this.#log = log;
  }

  /** Parts that have not arrived. */
  get left(): number {
    return this.#parts.length;
  }

  start(): void {}

  put(values: readonly Uint8Array[]): void {
    this.#parts.push(...values);
  }

  settled(): Promise<boolean> {
    if (this.left === 0) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.add({ left: this.left, resolve });
    return promise;
  }

  /** The next parts arrive. */
  deliver(count = Infinity): void {
    const arrived = this.#parts.splice(0, count);
    this.#log.push(...arrived);
    this.#last = arrived.at(-1) ?? this.#last;
    for (const one of this.#waiting) {
      one.left -= arrived.length;
      if (one.left > 0) continue;
      this.#waiting.delete(one);
      one.resolve(true);
    }
  }

  /** The last report arrives again, as after a lost answer. */
  repeat(): void {
    if (this.#last !== undefined) this.#log.push(this.#last);
  }

  /** The parts that have not arrived are lost. */
  lose(): void {
    this.#parts.length = 0;
  }

  stop(): Promise<void> {
    for (const { resolve } of this.#waiting) resolve(false);
    this.#waiting.clear();
    return Promise.resolve();
  }
}

/** The windows under way to the output topic. */
class TopicWire {
  /** As with `Wire`. */
  isOpen = true;
  readonly #deliver: (closed: ClosedWindow) => void;
  readonly #windows: ClosedWindow[] = [];

  constructor(deliver: (closed: ClosedWindow) => void) {
    this.#deliver = deliver;
  }

  get isSettled(): boolean {
    return this.#windows.length === 0;
  }

  write(closed: ClosedWindow): void {
    this.#windows.push(closed);
  }

  deliver(): void {
    for (const closed of this.#windows.splice(0)) this.#deliver(closed);
  }
}

export class MemberProcess {
  readonly name: string;
  readonly wire: Wire;
  readonly topic: TopicWire;
  readonly tail: LogTail;
  readonly member: MergingMember;
  readonly reports: MemberReports;
  readonly assigned: AssignedPartitions;
  isDead = false;
  /** A frozen process does nothing; its reports under way may arrive. */
  isFrozen = false;
  /** Whether it has read the pane log, and takes part in rebalances. */
  hasJoined = false;
  /** The number of records that the next fetch of a partition brings. */
  fetches: (partition: number) => number = () => Infinity;
  readonly #group: MergingGroup;
  readonly #pipeline: Pipeline;
  readonly #client: KafkaClient;
  readonly #ended = new AbortController();
  #starting = new AbortController();
  #isLeaving = false;
  #rebalance: Rebalance | undefined;

  constructor(group: MergingGroup, name: string) {
    const { clock } = group;
    this.#group = group;
    this.name = name;
    this.wire = new Wire(group.log);
    this.topic = new TopicWire((closed) => group.written.push({ member: name, closed }));
    this.tail = new LogTail(group);
    this.#client = makeClient(group);
    const [words, groupWords] = [new WordTable(), new WordTable()];
    const window = new SlidingWindow({ ...TIMES, top: 1000, words: groupWords, isWeighted: true });
    this.member = new MergingMember({
      id: name,
      epochs: new GroupEpochs("merge"),
      fingerprint: FINGERPRINT,
      words,
      groupWords,
      log: this.tail,
      sender: this.wire,
      windows: (onClosed) =>
        new GroupWindows({ ...TIMES, words: groupWords, window, fingerprint: FINGERPRINT, onClosed }),
      show: ({ result }) => void group.closed.push({ member: name, result }),
      topic: this.topic,
      clock,
    });
    const topics = new TopicWatch([TOPIC]);
    topics.observe(group.metadata, clock.monotonicMs());
    const assigned = this.assigned = new AssignedPartitions({
      membership: {
        hasAll: false,
        commit: (_client, commits) => Promise.resolve(this.#commit(commits)),
        committed: () => Promise.resolve(new Map(group.commits)),
      },
      topics,
      start: "earliest",
      window: { ...TIMES, time: "event" },
      snapshots: undefined,
      groupLog: this.member,
      clock,
      log: silentLog,
    });
    const source: Source = {
      get assignment() {
        return assigned.assignment;
      },
      get isHandingOver() {
        return assigned.isHandingOver;
      },
      readiness: { ready: true },
      mayClose: () => true,
      changed: () => Promise.resolve(),
      wake() {},
      save: (progress) => assigned.save(this.#client, progress),
      start() {},
      stop: () => Promise.resolve(),
    };
    const aheadMs = 2 * LENGTH_MS + LATENESS_MS;
    const watermark = new Watermark({ latenessMs: LATENESS_MS, idleMs: IDLE_MS, aheadMs, slideMs: SLIDE_MS });
    const outputs = new FakeOutputs();
    const panes = new PaneWindow({ ...TIMES, words });
    this.reports = new MemberReports({ source, member: this.member, panes, watermark, outputs, ...TIMES });
    const rules = { split: { kind: "separator", separator: "," }, trim: true, lowercase: false } as const;
    this.#pipeline = new Pipeline({
      source,
      texts: makeRecordTexts(readingRules()),
      tokenizer: new Tokenizer({ ...rules, minLength: 1, maxLength: 256, stopWords: [] }, words),
      aggregation: this.reports,
      watermark,
      governor: new Governor(UNLIMITED, clock.monotonicMs()),
      outputs,
      tally: silentTally,
      clock,
      log: silentLog,
      rules: {
        time: "event",
        slideMs: SLIDE_MS,
        latenessMs: LATENESS_MS,
        maxFutureMs: MAX_FUTURE_MS,
        maxRecordBytes: 1_000,
      },
    });
  }

  start(): void {
    void this.assigned.catchUp(this.#client, this.member, this.#ended.signal).then(() =>
      this.hasJoined = true
    );
  }

  /** Does what comes in the time of a tick. */
  turn(): void {
    if (this.wire.isOpen) this.wire.deliver();
    if (this.topic.isOpen && !this.isDead) this.topic.deliver();
    if (this.isDead || this.isFrozen || this.#isLeaving) return;
    this.tail.fetch();
    this.member.turn();
    const { rebalance } = this.#group;
    if (rebalance !== this.#rebalance && rebalance?.partitions.has(this.name)) this.#rejoin(rebalance);
    this.#fetch();
    for (let turns = 0; turns < MAX_TURNS && this.#pipeline.turn() <= 0; turns++);
  }

  /** The process is gone; its reports under way may arrive. */
  kill(): void {
    this.isDead = true;
    this.#starting.abort();
    this.#ended.abort();
  }

  /** A rebalance is coming: it waits until the progress is committed, or for a while. */
  handOver(): void {
    void this.assigned.waitForSave(this.#ended.signal);
  }

  /** The stop of a daemon: the reports under way arrive, then the progress is committed. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#pipeline.handOver();
    this.wire.deliver();
    this.topic.deliver();
    await this.#pipeline.finish();
    await this.assigned.handOver(this.#client);
    this.kill();
  }

  #commit(commits: readonly OffsetCommit[]): boolean {
    return !this.isDead && this.#group.commit(this.#rebalance?.generation ?? -1, commits);
  }

  #rejoin(rebalance: Rebalance): void {
    const { generation, list, partitions } = rebalance;
    this.#rebalance = rebalance;
    this.#starting.abort();
    this.#starting = new AbortController();
    const mine = (partitions.get(this.name) ?? []).map((partition) => ({ topic: TOPIC, partition }));
    this.assigned.take({
      partitions: mine,
      begunTopics: [],
      mustJoinAgain: false,
      epoch: { number: generation, list },
    }, false);
    void this.#startReading(this.#starting.signal);
  }

  async #startReading(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && await this.assigned.start(this.#client, signal) === undefined) {
      await this.#group.clock.sleep(START_RETRY_MS, signal);
    }
  }

  #fetch(): void {
    const nowMs = this.#group.clock.monotonicMs();
    for (const queue of this.assigned.assignment?.partitions ?? []) {
      const most = this.fetches(queue.partition);
      if (most === 0) continue;
      const records = this.#group.partitions[queue.partition];
      queue.highWatermark = records.length;
      if (queue.readOffset === records.length) {
        queue.seeEnd(nowMs);
        continue;
      }
      const first = queue.readOffset;
      const fetched = records.slice(first, first + most).map(({ timestampMs, word: value }, i) => {
        return { offset: first + i, timestampMs, value };
      });
      queue.push(fakeBatch(fetched, { arrivedMs: nowMs }));
    }
  }
}

/** Answers the requests of a start. */
function makeClient(group: MergingGroup): KafkaClient {
  const refuse = () => Promise.reject(new Error("nothing answers here"));
  return {
    leaderOf: () => "broker:9092",
    metadata: () => Promise.resolve(group.metadata),
    listOffsets: (wanted) =>
      Promise.resolve(
        new Map(wanted.map(({ topic, partition, timestampMs }) => {
          const records = group.partitions[partition];
          const offset = timestampMs === LOG_END
            ? records.length
            : timestampMs === LOG_START
            ? 0
            : records.findIndex((record) => record.timestampMs >= timestampMs);
          return [partitionKey({ topic, partition }), offset];
        })),
      ),
    findCoordinator: refuse,
    fetch: refuse,
    request: refuse,
    close: () => Promise.resolve(),
  };
}
