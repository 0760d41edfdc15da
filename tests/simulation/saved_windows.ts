// Checks that no window is emitted again once a commit says that it is closed. A member commits for all its partitions, so
// each of them must tell the next reader, whichever of them that reader gets.

import assert from "node:assert/strict";
import type { PartitionQueue } from "../../lib/records/partition_queue.ts";
import type { GroupCoordinator } from "./group_coordinator.ts";
import { EPOCH_MS } from "./process_clock.ts";
import type { Run } from "./simulated_member.ts";

interface SavedQueue {
  readonly queue: PartitionQueue;
  /** End of the newest window that its former readers have committed. */
  readonly savedEndMs: number;
}

export class SavedWindows {
  readonly #group: GroupCoordinator;
  /** By partition. */
  readonly #ends = new Map<number, number>();
  readonly #begun = new Map<Run, readonly SavedQueue[]>();

  constructor(group: GroupCoordinator) {
    this.#group = group;
  }

  /** The commits of the run so far are about all its partitions. */
  turned({ source, group }: Run): void {
    const endMs = this.#group.newestWindows.get(group.memberId) ?? -Infinity;
    for (const { partition } of source.assignment?.partitions ?? []) {
      this.#ends.set(partition, Math.max(endMs, this.#ends.get(partition) ?? -Infinity));
    }
  }

  begun(run: Run, queues: readonly PartitionQueue[]): void {
    this.#begun.set(
      run,
      queues.map((queue) => ({ queue, savedEndMs: this.#ends.get(queue.partition) ?? -Infinity })),
    );
  }

  /** `has` tells whether the window has a record of the partition below an offset. */
  closed(run: Run, endMs: number, has: (partition: number, below: number) => boolean): void {
    for (const { queue: { partition, replayUntil }, savedEndMs } of this.#begun.get(run) ?? []) {
      assert.ok(
        endMs > savedEndMs || !has(partition, replayUntil),
        `${run.member} emits the window that ends at ${
          endMs - EPOCH_MS
        } again, with records of ${partition}, ` +
          `although commits say that windows up to ${savedEndMs - EPOCH_MS} are closed`,
      );
    }
  }
}
