// A group of members that merge their counts, in one process: each member has the pipeline, the assigned partitions and the
// windows of the daemon. The coordinator, the partitions and the pane log are simple ones, and do what a test tells them.

import assert from "node:assert/strict";
import type { OffsetCommit } from "../../lib/kafka/group/group_offsets.ts";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { partitionKey, type TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { LENGTH_MS, SLIDE_MS, TOPIC } from "./group_times.ts";
import { MemberProcess } from "./member_process.ts";

const TICK_MS = 500;
const BEGIN_MS = 1_000_000_000;

export interface DatedWord {
  readonly timestampMs: number;
  readonly word: string;
}

/** An assignment of the group: the partitions of each member, by its name. */
export interface Rebalance {
  readonly generation: number;
  readonly list: readonly TopicPartition[];
  readonly partitions: ReadonlyMap<string, readonly number[]>;
}

export class MergingGroup {
  readonly clock = new ManualClock({ nowMs: BEGIN_MS });
  readonly beginMs = BEGIN_MS;
  /** The records of each partition. */
  readonly partitions: DatedWord[][];
  /** The values of the pane log. */
  readonly log: Uint8Array[] = [];
  /** The values before it are deleted. */
  logStart = 0;
  readonly commits = new Map<string, OffsetCommit>();
  readonly members: MemberProcess[] = [];
  /** The windows that each member has closed. */
  readonly closed: { readonly member: string; readonly result: WindowResult }[] = [];
  /** The windows of the output topic, in order. */
  readonly written: { readonly member: string; readonly closed: ClosedWindow }[] = [];
  rebalance: Rebalance | undefined;
  #generation = 0;

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  get list(): readonly TopicPartition[] {
    return this.partitions.map((_, partition) => ({ topic: TOPIC, partition }));
  }

  get metadata() {
    const leaders = new Map(this.partitions.map((_, partition) => [partition, 1]));
    return new Map([[TOPIC, { errorCode: ErrorCode.none, isInternal: false, leaders }]]);
  }

  start(name: string): MemberProcess {
    const member = new MemberProcess(this, name);
    this.members.push(member);
    member.start();
    return member;
  }

  /** A record of one word, dated relative to the beginning. */
  write(partition: number, atMs: number, word: string): void {
    this.partitions[partition].push({ timestampMs: BEGIN_MS + atMs, word });
  }

  /** The partitions of each member, by its name. A member that is frozen hears of it later. */
  assign(partitions: Readonly<Record<string, readonly number[]>>): void {
    this.#generation++;
    this.rebalance = {
      generation: this.#generation,
      list: this.list,
      partitions: new Map(Object.entries(partitions)),
    };
  }

  /** Takes the commits of a member that is in the present generation. */
  commit(generation: number, commits: readonly OffsetCommit[]): boolean {
    if (generation !== this.#generation) return false;
    for (const commit of commits) this.commits.set(partitionKey(commit), commit);
    return true;
  }

  /** Time passes in ticks; each member that runs has a turn in each. */
  async pass(ms: number, beforeTick?: () => void): Promise<void> {
    for (let left = ms; left > 0; left -= TICK_MS) {
      beforeTick?.();
      for (const member of this.members) member.turn();
      await settle();
      this.clock.advance(TICK_MS);
      await settle();
    }
  }

  /** Ends all members, so that nothing of theirs waits. */
  async end(): Promise<void> {
    for (const member of this.members) member.kill();
    await settle();
  }

  recount(endMs: number): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { timestampMs, word } of this.partitions.flat()) {
      if (timestampMs >= endMs - LENGTH_MS && timestampMs < endMs) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Each closed window of each member, and each written one, has what a recount of all partitions has. */
  assertExact(): void {
    const all = [
      ...this.closed,
      ...this.written.map(({ member, closed: { result } }) => ({ member, result })),
    ];
    for (const { member, result: { endMs, records, words, top } } of all) {
      assert.ok(endMs !== null);
      const counts = this.recount(endMs);
      const sum = [...counts.values()].reduce((a, b) => a + b, 0);
      const what = `window ${endMs - BEGIN_MS} of ${member}`;
      assert.deepEqual([records, words], [sum, sum], what);
      assert.deepEqual(new Map(top.map(({ word, count }) => [word, count])), counts, what);
    }
  }

  /** Every window with records from `fromMs` to `untilMs` is among those with these ends, relative to the beginning. */
  assertComplete(
    endsMs: Iterable<number>,
    untilMs: number,
    { fromMs = -Infinity }: { readonly fromMs?: number } = {},
  ): void {
    const ends = new Set(endsMs);
    const oldestMs = Math.min(...this.partitions.flat().map(({ timestampMs }) => timestampMs)) - BEGIN_MS;
    for (
      let endMs = Math.floor(Math.max(oldestMs, fromMs) / SLIDE_MS) * SLIDE_MS + SLIDE_MS;
      endMs <= untilMs;
      endMs += SLIDE_MS
    ) {
      if (this.recount(BEGIN_MS + endMs).size > 0) assert.ok(ends.has(endMs), `window ${endMs} is missing`);
    }
  }

  /** Ends of the windows in the output topic, relative to the beginning. */
  get writtenEnds(): number[] {
    return this.written.map(({ closed: { result } }) => (result.endMs ?? NaN) - BEGIN_MS);
  }

  /** Ends of the windows that the member has closed, relative to the beginning. */
  closedBy(name: string): number[] {
    return this.closed.filter(({ member }) => member === name).map(({ result }) =>
      (result.endMs ?? NaN) - BEGIN_MS
    );
  }
}
