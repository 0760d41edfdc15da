// The expected windows of some partitions. Records are counted when they are made, one Map per pane and partition, so that
// thousands of windows over millions of records take seconds. Words are ASCII.

import { formatConsoleBlock } from "../oracle/oracle.ts";

type Counts = Map<string, number>;

export class PaneCounts {
  readonly #lengthMs: number;
  readonly #slideMs: number;
  /** By partition, then by the start of the pane. */
  readonly #panes: Map<number, Map<number, Counts>> = new Map();

  constructor(options: { readonly lengthMs: number; readonly slideMs: number }) {
    this.#lengthMs = options.lengthMs;
    this.#slideMs = options.slideMs;
  }

  /** Counts one record. */
  add(partition: number, timestampMs: number, words: readonly string[]): void {
    const startMs = Math.floor(timestampMs / this.#slideMs) * this.#slideMs;
    const counts = entry(entry(this.#panes, partition, () => new Map()), startMs, (): Counts => new Map());
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }

  /** Removes the panes that start before that time. */
  forgetBefore(startMs: number): void {
    for (const panes of this.#panes.values()) {
      for (const paneMs of panes.keys()) {
        if (paneMs < startMs) panes.delete(paneMs);
      }
    }
  }

  /** The ends of all windows that contain a record, in order. */
  get ends(): number[] {
    const ends = new Set<number>();
    for (const panes of this.#panes.values()) {
      for (const startMs of panes.keys()) {
        for (let endMs = startMs + this.#slideMs; endMs <= startMs + this.#lengthMs; endMs += this.#slideMs) {
          ends.add(endMs);
        }
      }
    }
    return [...ends].sort((a, b) => a - b);
  }

  /** The window that ends at `endMs` over these partitions, as the console shows its first `top` words, in UTC. */
  block(endMs: number, { partitions, top }: { partitions: readonly number[]; top: number }): string {
    return formatConsoleBlock({ endMs, top: this.window(endMs, partitions).slice(0, top) });
  }

  /** Every word of that window with its count, largest first. */
  window(endMs: number, partitions: readonly number[]): [word: string, count: number][] {
    const sum: Counts = new Map();
    for (let startMs = endMs - this.#lengthMs; startMs < endMs; startMs += this.#slideMs) {
      for (const partition of partitions) {
        for (const [word, count] of this.#panes.get(partition)?.get(startMs) ?? []) {
          sum.set(word, (sum.get(word) ?? 0) + count);
        }
      }
    }
    return [...sum].sort(([wordA, a], [wordB, b]) => b - a || (wordA < wordB ? -1 : 1));
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
