// A group that merges its counts, in simulated time and without chance: a test writes the records, and disturbs the members.
// It keeps every window that any run has closed, and compares it with a recount of all partitions that the window names.

import assert from "node:assert/strict";
import { partitionKey, type TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import type { Assignment } from "../../lib/source/source.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { CALM } from "./calm.ts";
import { Cluster, TOPIC } from "./cluster.ts";
import { Narrator } from "./narrator.ts";
import { OneContent } from "./one_content.ts";
import { EPOCH_MS } from "./process_clock.ts";
import type { Settings } from "./scenario.ts";
import { SimulatedDisk } from "./simulated_disk.ts";
import { type Run, type RunObserver, SimulatedMember } from "./simulated_member.ts";
import { Timeline } from "./timeline.ts";

const MERGE = { hasTopic: true, backlogAgeMs: undefined, maxEntries: Infinity } as const;
const WORDS = ["a", "b", "c"] as const;
/** The time between two looks at a reason to wait. */
const LOOK_MS = 100;
/** The topic of windows has one after this time. */
const TOPIC_MS = 1_000;

/** A window that a run has closed. Times are those of the simulation. */
export interface SeenWindow {
  readonly run: Run;
  readonly atMs: number;
  readonly endMs: number;
  readonly result: WindowResult;
  readonly partitions: readonly TopicPartition[];
}

export interface MergingSceneOptions {
  readonly members: number;
  readonly partitions: number;
  readonly settings?: Partial<Settings>;
  readonly topics?: readonly (string | RegExp)[];
  /** The delay of each request and each answer; 1 ms by default. */
  readonly delayMs?: () => number;
  /** Takes the events, line by line. */
  readonly write?: (line: string) => void;
}

export class MergingScene implements RunObserver {
  readonly timeline = new Timeline();
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly members: readonly SimulatedMember[];
  readonly windows: SeenWindow[] = [];
  /** All runs so far. */
  readonly runs: Run[] = [];
  /** When runs have begun with partitions, and the first window that they would emit. */
  readonly begins: { readonly atMs: number; readonly firstEndMs: number }[] = [];
  /** The reports that runs have found deleted. */
  reportsLost = 0;
  /** Called after each turn of a run. */
  onTurn: (run: Run) => void = () => {};
  #contents = new OneContent();
  #words = 0;

  constructor(
    { members, partitions, settings, topics = [TOPIC], delayMs = () => 1, write }: MergingSceneOptions,
  ) {
    const { timeline } = this;
    this.settings = { ...CALM.settings, merge: MERGE, ...settings, members, partitions };
    this.cluster = new Cluster({ timeline, brokers: 2, partitions, fetchFault: () => undefined });
    const narrator = new Narrator(timeline, write);
    const world = {
      timeline,
      cluster: this.cluster,
      weather: { delayMs },
      settings: this.settings,
      witness: this,
      topics,
      narrator,
      without: undefined,
    };
    this.members = Array.from({ length: members }, (_, n) => {
      return new SimulatedMember(`m${n}`, world, new SimulatedDisk(timeline, () => 0));
    });
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }

  startAll(): void {
    for (const member of this.members) member.start();
  }

  /** All processes are killed, and start again later. */
  killAll(downMs: number): void {
    for (const member of this.members) member.crash({ downMs, cut: undefined });
  }

  /** Appends a record that is dated at `timeMs` of the simulation; now by default. */
  append(
    partition: number,
    { timeMs = this.nowMs, topic = TOPIC, word = WORDS[this.#words++ % WORDS.length] }: {
      readonly timeMs?: number;
      readonly topic?: string;
      readonly word?: string;
    } = {},
  ): void {
    this.cluster.logsOf(topic)[partition].append([{ timestampMs: EPOCH_MS + timeMs, word }]);
  }

  /** Time passes; `act` is called at its beginning and every `everyMs`. */
  async pass(ms: number, { everyMs = Infinity, act }: {
    readonly everyMs?: number;
    readonly act?: () => void;
  } = {}): Promise<void> {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      act?.();
      await this.timeline.runUntil(Math.min(endMs, this.nowMs + everyMs));
    }
  }

  /** Time passes until there is no more reason to wait. @throws where that takes too long */
  async waitUntil(
    reason: () => string | undefined,
    { withinMs }: { readonly withinMs: number },
  ): Promise<void> {
    const endMs = this.nowMs + withinMs;
    for (let why = reason(); why !== undefined; why = reason()) {
      if (this.nowMs >= endMs) throw new Error(`waited ${withinMs} ms: ${why}`);
      await this.pass(LOOK_MS);
    }
  }

  /** Waits until every member has closed the window that ends at `endMs`, or a later one, and the topic has it. */
  async waitForWindow(endMs: number, { withinMs }: { readonly withinMs: number }): Promise<void> {
    await this.waitUntil(() => {
      const behind = this.members.find((member) => this.closedUntil(member) < endMs);
      return behind && `${behind.name} has closed windows up to ${this.closedUntil(behind)}, not ${endMs}`;
    }, { withinMs });
    await this.pass(TOPIC_MS);
  }

  /** End of the newest window of the member's run; -Infinity for none. */
  closedUntil({ run }: SimulatedMember): number {
    return (run?.windows.last?.result.endMs ?? -Infinity) - EPOCH_MS;
  }

  /** Windows may differ from those that have closed so far. */
  forgetContents(): void {
    this.#contents = new OneContent();
  }

  /** Every window equals its recount, has one content, and those of one run have no gap. */
  assertExact(windows: readonly SeenWindow[] = this.windows): void {
    assert.ok(windows.length > 0, "no window has closed");
    for (const { run, endMs, result, partitions } of windows) {
      const { counts, records } = this.recount(endMs, partitions);
      const what = `the window that ends at ${endMs}, closed by ${run.member}`;
      assert.deepEqual(new Map(result.top.map(({ word, count }) => [word, count])), counts, what);
      assert.deepEqual([result.records, result.words], [records, 2 * records], what);
    }
    this.#contents.judge();
  }

  /** Every window with records of these partitions, from one time to another, has been closed, and written to the topic. */
  assertComplete(fromMs: number, toMs: number, partitions = this.allPartitions): void {
    const { slideMs } = this.settings;
    const ends = new Set(this.windows.map(({ endMs }) => endMs));
    for (let endMs = Math.ceil(fromMs / slideMs) * slideMs; endMs <= toMs; endMs += slideMs) {
      if (this.recount(endMs, partitions).records === 0) continue;
      assert.ok(ends.has(endMs), `the window that ends at ${endMs} is missing`);
      assert.ok(
        this.#contents.isWritten(EPOCH_MS + endMs),
        `the topic lacks the window that ends at ${endMs}`,
      );
    }
  }

  get allPartitions(): readonly TopicPartition[] {
    return this.cluster.logs.map(({ partition }) => ({ topic: TOPIC, partition }));
  }

  recount(
    endMs: number,
    partitions: readonly TopicPartition[],
  ): { readonly counts: ReadonlyMap<string, number>; readonly records: number } {
    const counts = new Map<string, number>();
    let records = 0;
    for (const { topic, partition } of partitions) {
      for (const { timestampMs, id, word } of this.cluster.logsOf(topic)[partition]?.sent ?? []) {
        const timeMs = timestampMs - EPOCH_MS;
        if (timeMs < endMs - this.settings.lengthMs || timeMs >= endMs) continue;
        records++;
        for (const one of [id, word]) counts.set(one, (counts.get(one) ?? 0) + 1);
      }
    }
    return { counts, records };
  }

  /** Kills all members; none starts again. */
  end(): void {
    this.killAll(Infinity);
  }

  // RunObserver

  started(run: Run): void {
    this.runs.push(run);
  }

  begun(_run: Run, { partitions, firstEndMs }: Assignment): void {
    if (partitions.length > 0) this.begins.push({ atMs: this.nowMs, firstEndMs: firstEndMs - EPOCH_MS });
  }

  closed(run: Run, closed: ClosedWindow): void {
    this.#contents.closed(run, closed);
    const { result, partitions } = closed;
    const endMs = (result.endMs ?? NaN) - EPOCH_MS;
    this.windows.push({ run, atMs: this.nowMs, endMs, result, partitions });
  }

  written(run: Run, closed: ClosedWindow): void {
    this.#contents.written(run, closed);
  }

  turned(run: Run): void {
    this.onTurn(run);
  }

  skipped(run: Run | undefined, { partition, offsets }: { partition: number; offsets: number }): void {
    throw new Error(`${run?.member} skips ${offsets} offsets of ${partition}, and none was deleted`);
  }

  lostReports(_run: Run | undefined, offsets: number): void {
    this.reportsLost += offsets;
  }

  died(): void {}
}

/** The partitions of a window as one text. */
export function keysOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(partitionKey).join();
}
