// A built-in stream of records (docs/spark-lab.md): named tasks, each with a rate that walks at random. Each task is a topic
// with one partition.

import type { Clock } from "../../async/clock.ts";
import type { Log } from "../../log/log.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { PartitionQueue } from "../../records/partition_queue.ts";
import { type Random, randomInteger, seededRandom } from "./random.ts";
import type { Assignment, Readiness, Source } from "../source.ts";
import { textBatch } from "../../records/text_batch.ts";
import { Vocabulary } from "./vocabulary.ts";

const TICK_MS = 50;
const WALK_INTERVAL_MS = 1_000;
/** With this much queued, a task makes no records. */
const MAX_QUEUED_BYTES = 2 ** 20;
/** A late tick makes up for at most this. */
const MAX_CATCH_UP_MS = 1_000;

export interface SyntheticOptions {
  /** Distinct names, and initial rates in records per second. */
  readonly tasks: readonly { readonly name: string; readonly rate: number }[];
  /** Each second each rate changes by a random whole number in [deltaMin, deltaMax]. */
  readonly deltaMin: number;
  readonly deltaMax: number;
  readonly maxRate: number;
  readonly vocabulary: number;
  readonly wordsPerRecord: number;
  /** A whole number in [0, 2^32); it determines words and rates. */
  readonly randomSeed?: number;
  readonly separator: string;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
}

interface Task {
  readonly name: string;
  readonly queue: PartitionQueue;
  readonly walk: Random;
  readonly words: Random;
  rate: number;
  /** Records to make, with a fraction. */
  due: number;
}

export class SyntheticSource implements Source {
  readonly #options: SyntheticOptions;
  readonly #separator: Uint8Array;
  readonly #vocabulary: Vocabulary;
  readonly #tasks: readonly Task[];
  readonly #changed: Wakeup;
  readonly #stopping = new AbortController();
  #assignment: Assignment | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SyntheticOptions) {
    const { tasks, vocabulary, separator, randomSeed = Math.floor(Math.random() * 2 ** 32) } = options;
    this.#options = options;
    this.#changed = new Wakeup(options.clock);
    this.#separator = new TextEncoder().encode(separator);
    this.#vocabulary = new Vocabulary({ size: vocabulary, separator, random: seededRandom(randomSeed, 0) });
    this.#tasks = tasks.map(({ name, rate }, index) => ({
      name,
      rate,
      queue: new PartitionQueue({ topic: name, partition: 0, startOffset: 0 }),
      // Separate streams: records that a late tick leaves out do not change anything else.
      walk: seededRandom(randomSeed, index * 2 + 1),
      words: seededRandom(randomSeed, index * 2 + 2),
      due: 0,
    }));
  }

  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  get readiness(): Readiness {
    return this.#assignment === undefined ? { ready: false, reason: "not started" } : { ready: true };
  }

  rates(): ReadonlyMap<string, number> {
    return new Map(this.#tasks.map(({ name, rate }) => [name, rate]));
  }

  mayClose(): boolean {
    return true;
  }

  changed(timeoutMs: number): Promise<void> {
    return this.#changed.wait(timeoutMs);
  }

  wake(): void {
    this.#changed.ring();
  }

  /** There is no progress to save: each process makes a new stream. */
  save(): Promise<boolean> {
    return Promise.resolve(true);
  }

  start(): void {
    this.#assignment = {
      partitions: this.#tasks.map(({ queue }) => queue),
      closedUntilMs: -Infinity,
      firstEndMs: -Infinity,
    };
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#changed.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    this.#logRates();
    let lastMs = clock.monotonicMs();
    let walkAtMs = lastMs + WALK_INTERVAL_MS;
    while (true) {
      await clock.sleep(TICK_MS, signal);
      if (signal.aborted) return;
      const nowMs = clock.monotonicMs();
      for (; walkAtMs <= nowMs; walkAtMs += WALK_INTERVAL_MS) this.#walk();
      const elapsedMs = Math.min(nowMs - lastMs, MAX_CATCH_UP_MS);
      for (const task of this.#tasks) this.#make(task, elapsedMs, nowMs);
      lastMs = nowMs;
      this.#changed.ring();
    }
  }

  #walk(): void {
    const { deltaMin, deltaMax, maxRate } = this.#options;
    for (const task of this.#tasks) {
      task.rate = Math.min(Math.max(task.rate + randomInteger(task.walk, deltaMin, deltaMax), 0), maxRate);
    }
    this.#logRates();
  }

  /** In the format of the lab's script (docs/spark-lab.md). */
  #logRates(): void {
    for (const { name, rate } of this.#tasks) this.#options.log.info(`name: ${name} value ${rate}`);
  }

  /** Makes the due records as far as there is room. The others are never made. */
  #make(task: Task, elapsedMs: number, nowMs: number): void {
    const { queue } = task;
    task.due += task.rate * elapsedMs / 1000;
    const count = Math.floor(task.due);
    task.due -= count;
    const roomBytes = MAX_QUEUED_BYTES - queue.queuedBytes;
    if (count > 0 && roomBytes > 0) {
      const options = {
        firstOffset: queue.readOffset,
        timestampMs: this.#options.clock.nowMs(),
        arrivedMs: nowMs,
      };
      queue.push(textBatch(this.#makeTexts(task, count, roomBytes), options));
      queue.highWatermark = queue.readOffset;
    }
    queue.seeEnd(nowMs);
  }

  /** Up to `most` texts; the last one may exceed `roomBytes`. */
  #makeTexts({ words: random }: Task, most: number, roomBytes: number) {
    const { wordsPerRecord } = this.#options;
    const starts = new Int32Array(most);
    const ends = new Int32Array(most);
    let bytes = new Uint8Array(256);
    let end = 0;
    let count = 0;
    const append = (part: Uint8Array) => {
      if (end + part.length > bytes.length) {
        const grown = new Uint8Array((end + part.length) * 2);
        grown.set(bytes);
        bytes = grown;
      }
      bytes.set(part, end);
      end += part.length;
    };
    for (; count < most && end < roomBytes; count++) {
      starts[count] = end;
      for (let word = 0; word < wordsPerRecord; word++) {
        if (word > 0) append(this.#separator);
        append(this.#vocabulary.draw(random));
      }
      ends[count] = end;
    }
    return { bytes: bytes.slice(0, end), starts, ends, count };
  }
}
