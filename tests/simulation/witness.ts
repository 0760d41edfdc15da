// Observes all members and compares their windows with a naive recount of the sent records.
//
// A window may lack a record only for a reason that the contract names: it was late; it was dated in the future of the
// member's clock; it was deleted before it was read, and the member said so; or its partition was idle. Members that merge
// their counts emit every window, with all partitions; each of the others emits those of its own.

import assert from "node:assert/strict";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import type { PartitionQueue } from "../../lib/records/partition_queue.ts";
import type { Assignment } from "../../lib/source/source.ts";
import { type Cluster, TOPIC } from "./cluster.ts";
import type { Narrator } from "./narrator.ts";
import { OneContent } from "./one_content.ts";
import { Overtakings } from "./overtakings.ts";
import type { SentRecord } from "./partition_log.ts";
import { EPOCH_MS, MAX_FUTURE_MS } from "./process_clock.ts";
import { SavedWindows } from "./saved_windows.ts";
import type { Settings } from "./scenario.ts";
import type { Run, RunObserver } from "./simulated_member.ts";
import type { Timeline } from "./timeline.ts";

/** One window that a member has emitted. */
interface Closing {
  readonly run: Run;
  readonly atMs: number;
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly partitions: readonly number[];
  /** Positions of the partitions that delayed nothing when it closed. */
  readonly idlePositions: ReadonlyMap<number, number>;
}

interface Reading {
  readonly queue: PartitionQueue;
  readonly startOffset: number;
  position: number;
}

/** Windows up to `endMs` closed while a partition, taken up to `position`, delayed nothing. */
interface IdleStretch {
  readonly partition: number;
  readonly position: number;
  readonly endMs: number;
}

interface RunRecord {
  readings: Reading[];
  lastEndMs: number;
  /** End of the newest window that waits no more for its partitions: it has closed, or they are reported. */
  promisedMs: number;
  /** By partition. */
  readonly freshUntil: Map<number, number>;
  fresh: number;
  replayed: number;
  future: number;
}

export class Witness implements RunObserver {
  readonly #timeline: Timeline;
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  readonly #narrator: Narrator;
  readonly #closings: Closing[] = [];
  /** By partition: end of the newest window that had closed when it was first read. */
  readonly #coveredFromMs = new Map<number, number>();
  readonly #idleStretches: IdleStretch[] = [];
  readonly #overtakings = new Overtakings();
  /** Where members make windows of their own partitions. */
  readonly #saved: SavedWindows | undefined;
  /** Where members merge their counts. */
  readonly #contents: OneContent | undefined;
  readonly #runs = new Map<Run, RunRecord>();
  /** Some records were deleted before they were read. */
  #hasLosses = false;

  constructor(options: {
    readonly timeline: Timeline;
    readonly cluster: Cluster;
    readonly settings: Settings;
    readonly narrator: Narrator;
  }) {
    this.#timeline = options.timeline;
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#narrator = options.narrator;
    const isMerging = options.settings.merge !== undefined;
    this.#saved = isMerging ? undefined : new SavedWindows(options.cluster.group);
    this.#contents = isMerging ? new OneContent() : undefined;
  }

  // Events of members

  started(run: Run): void {
    this.#runs.set(run, {
      readings: [],
      lastEndMs: -Infinity,
      promisedMs: -Infinity,
      freshUntil: new Map(),
      fresh: 0,
      replayed: 0,
      future: 0,
    });
  }

  begun(run: Run, { partitions, closedUntilMs }: Assignment): void {
    const record = this.#recordOf(run);
    const closedMs = Math.max(
      closedUntilMs,
      run.windows.last?.result.endMs ?? -Infinity,
      run.merging?.member.windows.window.closedUntilMs ?? -Infinity,
    );
    this.#endReadings(run);
    this.#saved?.begun(run, partitions);
    for (const { partition, position, replayUntil } of partitions) {
      const committed = this.#cluster.group.highestCommits.get(`${TOPIC}/${partition}`) ?? 0;
      const what = `${run.member} begins with partition ${partition}, and counts anew`;
      // A member that the group has removed, and that does not know it yet, commits nothing.
      const isMember = this.#cluster.group.holds(run.group);
      assert.ok(
        !isMember || replayUntil >= committed,
        `${what} from ${replayUntil}, below the commit of ${committed}`,
      );
      if (!this.#coveredFromMs.has(partition)) {
        this.#coveredFromMs.set(partition, closedMs);
        // Records before the start are in no window, even if a fast clock dates them after it.
        for (const sent of this.#sent(partition, 0, position)) sent.excusedFromMs = -Infinity;
      }
      const counted = record.freshUntil.get(partition) ?? 0;
      assert.ok(replayUntil >= counted, `${what} from ${replayUntil}, below ${counted}, where it was before`);
      this.#narrator.tell(run.member, `reads ${partition} from ${position}, again below ${replayUntil}`);
    }
    record.readings = partitions.map((queue) => ({
      queue,
      startOffset: queue.position,
      position: queue.position,
    }));
  }

  closed(run: Run, closed: ClosedWindow): void {
    const { result, partitions: covered } = closed;
    const record = this.#recordOf(run);
    const { endMs, records, words, top } = result;
    assert.ok(endMs !== null);
    assert.ok(endMs > record.lastEndMs, `${run.member} closes ${endMs - EPOCH_MS} twice in one run`);
    record.lastEndMs = endMs;
    const queues = run.source.assignment?.partitions ?? [];
    // Those of a merging group are idle by the report of their reader.
    const idle = run.merging === undefined ? queues.filter((queue) => this.#isIdle(record, queue)) : [];
    const idlePositions = new Map(idle.map(({ partition, position }) => [partition, position]));
    const partitions = covered.map(({ partition }) => partition);
    const counts = new Map(top.map(({ word, count }) => [word, count]));
    this.#contents?.closed(run, closed);
    this.#saved?.closed(
      run,
      endMs,
      (partition, below) => this.#sent(partition, 0, below).some(({ id }) => counts.has(id)),
    );
    const atMs = this.#timeline.nowMs;
    this.#closings.push({ run, atMs, endMs, records, words, counts, partitions, idlePositions });
    this.#narrator.tell(
      run.member,
      `closes ${endMs - EPOCH_MS} of ${partitions}: ${[...counts.keys()].join(" ")}`,
    );
  }

  /** The topic of windows has one from this run. */
  written(run: Run, closed: ClosedWindow): void {
    this.#contents?.written(run, closed);
  }

  /** A turn is over. */
  turned(run: Run): void {
    this.#saved?.turned(run);
    const record = this.#recordOf(run);
    const promisedMs = run.merging?.reports.boundMs ?? run.windows.last?.result.endMs ?? -Infinity;
    if (promisedMs !== record.promisedMs) this.#noteIdle(record, promisedMs);
    const futureFromMs = run.clock.nowMs() + MAX_FUTURE_MS;
    for (const reading of record.readings) {
      const { partition, position } = reading.queue;
      if (position === reading.position) continue;
      for (const sent of this.#sent(partition, reading.position, position)) {
        // The first reading decides whether a record is `future`; a replay decides the same.
        if (sent.isAborted || sent.offset < reading.queue.replayUntil) continue;
        // A report may have them, but no commit has noted what was late or skipped among them.
        this.#overtakings.note(sent, run.clock.nowMs());
        const isFuture = sent.timestampMs > futureFromMs;
        if (isFuture) sent.excusedFromMs = Math.min(sent.excusedFromMs, this.#timeline.nowMs);
        if (sent.offset < freshFrom(reading.queue)) continue;
        sent.skippedFromMs = isFuture ? this.#timeline.nowMs : Infinity;
        if (isFuture) record.future++;
      }
      reading.position = position;
    }
  }

  /** A run reports that so many offsets of a partition were deleted before it could read them. */
  skipped(run: Run | undefined, { partition, offsets }: { partition: number; offsets: number }): void {
    this.#hasLosses = true;
    const { start } = this.#cluster.logs[partition];
    const queue = run?.source.assignment?.partitions.find((one) => one.partition === partition);
    const at = queue?.readOffset ?? start;
    this.#narrator.tell(run?.member ?? "", `skips ${offsets} offsets of ${partition} about ${at}`);
    // The report may come before or after reading has moved on.
    for (const sent of this.#sent(partition, at - offsets, Math.min(start, at + offsets))) {
      sent.excusedFromMs = Math.min(sent.excusedFromMs, this.#timeline.nowMs);
    }
  }

  lostReports(run: Run | undefined, offsets: number): void {
    throw new Error(`${run?.member} finds ${offsets} reports deleted, and none was`);
  }

  died(run: Run): void {
    // The process may have died within a turn.
    this.turned(run);
    this.#endReadings(run);
    const { tally } = run;
    const { fresh, replayed, future } = this.#recordOf(run);
    const told =
      `${run.member}, run ${run.number}, tells of ${tally.taken} records and ${tally.replayed} replayed`;
    assert.ok(
      this.#hasLosses ? tally.taken <= fresh : tally.taken === fresh,
      `${told}, and took ${fresh} new ones`,
    );
    assert.ok(tally.replayed <= replayed, `${told}, and took ${replayed} again`);
    const skipped = tally.skipped.get("future") ?? 0;
    assert.ok(
      this.#hasLosses ? skipped <= future : skipped === future,
      `${run.member} skipped ${skipped} records as future, and ${future} were`,
    );
    assert.equal(tally.unaccounted, 0, `${told}: some are in no counter`);
    const others = new Set(tally.skipped.keys()).difference(new Set(["future", "before_start"]));
    assert.equal(others.size, 0, `${run.member} skips what it can read`);
  }

  // The result

  /** Ends of the windows that a lone member, or a merging group, has yet to emit; empty with several members. */
  get missing(): readonly number[] {
    const { members, merge } = this.#settings;
    return merge === undefined && members > 1 ? [] : this.#missingEnds().map((endMs) => endMs - EPOCH_MS);
  }

  /** Compares all emitted windows with the recount. */
  judge(): void {
    for (const closing of this.#closings) this.#judgeClosing(closing);
    assert.deepEqual(this.missing, [], "windows are missing");
    this.#contents?.judge();
  }

  #judgeClosing(closing: Closing): void {
    const { run, endMs, atMs, records, words, counts, partitions, idlePositions } = closing;
    const window = `the window that ends at ${endMs - EPOCH_MS}, closed by ${run.member} at ${atMs}`;
    const expected = this.#recount(endMs, partitions);
    const left = new Map(counts);
    let [found, sum] = [0, 0];
    for (const sent of expected) {
      if (!left.delete(sent.id)) {
        const isExcused = sent.excusedFromMs <= atMs || this.#overtakings.excuse(sent) ||
          sent.offset >= (idlePositions.get(sent.partition) ?? Infinity) ||
          (run.merging !== undefined && this.#wasIdle(sent, endMs));
        assert.ok(isExcused, `${window} lacks ${sent.id}`);
        continue;
      }
      const weight = sent.fields?.weight ?? 1;
      assert.equal(
        counts.get(sent.id),
        weight,
        `${window} has ${sent.id} with another weight, or more than once`,
      );
      // With several members, one that is frozen may have taken it meanwhile. A report may have it in the same way.
      const isSkipped = this.#settings.members === 1 && run.merging === undefined &&
        sent.skippedFromMs <= atMs;
      assert.ok(!isSkipped, `${window} has ${sent.id}, which was skipped as future`);
      left.set(sent.word, (left.get(sent.word) ?? 0) - weight);
      found++;
      sum += weight;
    }
    const surplus = [...left].filter(([, count]) => count !== 0);
    assert.deepEqual(surplus, [], `${window} has other words than the recount`);
    assert.deepEqual([records, words], [found, 2 * sum], `${window}: records and words`);
  }

  /** Ends of windows that a lone member has failed to emit. */
  #missingEnds(): number[] {
    const { lengthMs, slideMs } = this.#settings;
    const hasTopic = this.#settings.merge?.hasTopic === true;
    const closed = this.#closings.filter(({ endMs }) => !hasTopic || this.#contents?.isWritten(endMs));
    const ends = new Set(closed.map(({ endMs }) => endMs));
    const sent = this.#cluster.logs.flatMap((log) => log.sent).filter((one) => {
      return one.fields?.isFiltered !== true && !this.#isExcusedAnywhere(one);
    });
    const first = this.#settings.start === "earliest" ? -Infinity : Math.min(...ends);
    const missing = new Set<number>();
    for (const { timestampMs, partition } of sent) {
      const paneEndMs = (Math.floor(timestampMs / slideMs) + 1) * slideMs;
      for (let endMs = paneEndMs; endMs < paneEndMs + lengthMs; endMs += slideMs) {
        const isCovered = endMs > Math.max(first - 1, this.#coveredFromMs.get(partition) ?? Infinity);
        if (isCovered && !ends.has(endMs)) missing.add(endMs);
      }
    }
    return [...missing].sort((a, b) => a - b);
  }

  #isExcusedAnywhere(sent: SentRecord): boolean {
    if (sent.isAborted || sent.excusedFromMs < Infinity || this.#overtakings.excuse(sent)) return true;
    return this.#wasIdle(sent, sent.timestampMs + 1);
  }

  /** Whether windows up to `endMs`, or later, were closed without waiting for the partition of the record. */
  #wasIdle({ partition, offset }: SentRecord, endMs: number): boolean {
    return this.#idleStretches.some((idle) =>
      idle.partition === partition && offset >= idle.position && endMs <= idle.endMs
    );
  }

  /** The records that belong to a window, counted from nothing. */
  #recount(endMs: number, partitions: readonly number[]): SentRecord[] {
    const startMs = endMs - this.#settings.lengthMs;
    return partitions.flatMap((partition) =>
      this.#cluster.logs[partition].sent.filter(({ timestampMs, isAborted, fields }) =>
        !isAborted && fields?.isFiltered !== true && timestampMs >= startMs && timestampMs < endMs
      )
    );
  }

  /** Windows up to `endMs` wait for idle partitions no more. */
  #noteIdle(record: RunRecord, endMs: number): void {
    record.promisedMs = endMs;
    for (const { queue, position } of record.readings) {
      // The state before the turn: windows close within it.
      if (this.#isIdle(record, queue)) {
        this.#idleStretches.push({ partition: queue.partition, position, endMs });
      }
    }
  }

  /** Whether the partition delays nothing: it is at its end for longer than `idle`, or never had a record. */
  #isIdle(record: RunRecord, queue: PartitionQueue): boolean {
    const { endSeenMs, partition, position } = queue;
    if (endSeenMs === undefined) return false;
    const startOffset = record.readings.find((reading) => reading.queue === queue)?.startOffset ?? position;
    const last = this.#sent(partition, startOffset, position)
      .findLast(({ isAborted, excusedFromMs }) => !isAborted && excusedFromMs === Infinity);
    if (last === undefined) return true;
    // After a last batch without records the arrival of the last record is unknown here.
    const sentMs = last.timestampMs - last.aheadMs - EPOCH_MS;
    const arrivedMs = last.batchEnd === position ? queue.arrivedMs : sentMs;
    return endSeenMs - arrivedMs > this.#settings.idleMs;
  }

  #endReadings(run: Run): void {
    const record = this.#recordOf(run);
    for (const { queue, startOffset } of record.readings) {
      const { partition, position } = queue;
      const replayUntil = freshFrom(queue);
      const count = (from: number, to: number) =>
        this.#sent(partition, from, to).filter(({ isAborted }) => !isAborted).length;
      record.replayed += count(startOffset, Math.min(position, replayUntil));
      record.fresh += count(Math.max(startOffset, replayUntil), position);
      record.freshUntil.set(partition, Math.max(record.freshUntil.get(partition) ?? 0, position));
    }
    record.readings = [];
  }

  #sent(partition: number, from: number, to: number): readonly SentRecord[] {
    return this.#cluster.logs[partition].sent.filter(({ offset }) => offset >= from && offset < to);
  }

  #recordOf(run: Run): RunRecord {
    const record = this.#runs.get(run);
    if (record === undefined) throw new RangeError(`${run.member} was never started`);
    return record;
  }
}

/** The records below have been counted by an earlier run or assignment, or a report has them. */
function freshFrom({ replayUntil, reported }: PartitionQueue): number {
  return Math.max(replayUntil, reported?.offset ?? 0);
}
