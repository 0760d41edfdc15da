// Checks the windows of a group that merges its counts: each window has one content over all members and runs, and in the
// topic. A run closes each window that another run closes after the first one of this run.

import assert from "node:assert/strict";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { EPOCH_MS } from "./process_clock.ts";
import type { Run } from "./simulated_member.ts";

export class OneContent {
  /** By the end of the window. */
  readonly #contents = new Map<number, string>();
  /** By run, in order. */
  readonly #closed = new Map<Run, number[]>();
  readonly #written = new Set<number>();

  begun(): void {}

  turned(): void {}

  closed(run: Run, closed: ClosedWindow): void {
    const endMs = this.#check(run, closed);
    const ends = this.#closed.get(run) ?? [];
    this.#closed.set(run, ends);
    ends.push(endMs);
  }

  written(run: Run, closed: ClosedWindow): void {
    this.#written.add(this.#check(run, closed));
  }

  isWritten(endMs: number): boolean {
    return this.#written.has(endMs);
  }

  /** Compares the runs at their end. */
  judge(): void {
    const all = [...this.#contents.keys()].sort((a, b) => a - b);
    for (const [run, ends] of this.#closed) {
      const between = all.filter((endMs) => endMs >= ends[0] && endMs <= ends[ends.length - 1]);
      assert.deepEqual(ends, between, `${run.member}, run ${run.number}, leaves windows out`);
    }
  }

  #check(run: Run, { result, partitions }: ClosedWindow): number {
    const { endMs, records, words, distinct, error, top } = result;
    assert.ok(endMs !== null);
    const covered = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
    const content = JSON.stringify({ records, words, distinct, error, top, covered });
    const known = this.#contents.get(endMs) ?? content;
    this.#contents.set(endMs, known);
    assert.equal(
      content,
      known,
      `${run.member}: two contents of the window that ends at ${endMs - EPOCH_MS}`,
    );
    return endMs;
  }
}
