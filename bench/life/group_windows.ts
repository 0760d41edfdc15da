// The windows that the members of a group print, against a recount. Members come and go. Where they merge, no window may be
// missing; by itself a member that takes over does not print again what it has closed.

import assert from "node:assert/strict";
import type { PrintedWindow } from "./watched_member.ts";

/** A member that takes over may print windows of this span of event time again. */
const KEPT_MS = 3_600_000;

/** The recount. */
export interface ExpectedWindows {
  /** The window that ends at `endMs` over these partitions, as a member prints it. */
  block(endMs: number, options: { partitions: readonly number[]; top: number }): string;
  forgetBefore(startMs: number): void;
}

export interface GroupWindowsOptions {
  readonly counts: ExpectedWindows;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly partitions: number;
  readonly top: number;
  /** Whether each window is of all partitions. */
  readonly isWhole: boolean;
}

export class GroupWindows {
  /** The number of windows that were compared. */
  compared = 0;
  readonly #options: GroupWindowsOptions;
  readonly #allPartitions: readonly number[];
  /** The end of the newest window of each member. */
  readonly #newest = new Map<string, number>();

  constructor(options: GroupWindowsOptions) {
    this.#options = options;
    this.#allPartitions = Array.from({ length: options.partitions }, (_, partition) => partition);
  }

  /** The end of the newest window of that member, or of all; -Infinity for none. */
  newestEndMs(member?: string): number {
    if (member !== undefined) return this.#newest.get(member) ?? -Infinity;
    return Math.max(-Infinity, ...this.#newest.values());
  }

  /** @throws {assert.AssertionError} where a window differs from the recount, is missing, or comes out of order */
  take(member: string, windows: readonly PrintedWindow[]): void {
    const { counts, slideMs, top, isWhole } = this.#options;
    for (const { endMs, partitions, block } of windows) {
      const before = this.newestEndMs(member);
      const isNext = isWhole && before > -Infinity ? endMs === before + slideMs : endMs > before;
      assert.ok(isNext, `${member}: after ${before} comes ${endMs}`);
      const expected = counts.block(endMs, { partitions: isWhole ? this.#allPartitions : partitions, top });
      assert.equal(block, expected, `${member}, the window that ends at ${endMs}`);
      this.#newest.set(member, endMs);
      this.compared++;
    }
  }

  /** Removes the counts of windows that no member prints any more. */
  forget(): void {
    const { counts, lengthMs } = this.#options;
    counts.forgetBefore(this.newestEndMs() - KEPT_MS - lengthMs);
  }
}
