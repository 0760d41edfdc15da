// SentCommits chooses the commits that are worth sending. A closed window changes the metadata of all partitions, also of
// those without a new record. A reader that gets only some of the partitions must not emit a closed window again, so the
// commit of each partition with records in the open windows names it. For the other partitions one commit is enough. A
// member with all partitions needs one commit only: it says so, and readers look at the commits of all partitions.

import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";

/** The commit of a partition that needs no newer one is older than this at most. */
const REFRESH_MS = 60_000;

export interface PartitionCommit extends OffsetCommit {
  /** Part of the metadata: a reader counts again from here. */
  readonly replayFrom: number;
}

interface SentCommit {
  readonly commit: PartitionCommit;
  readonly sentMs: number;
}

export class SentCommits {
  readonly #sent = new Map<string, SentCommit>();

  /**
   * The commits without which a reader would count emitted records or read some again; those that are old; and at least
   * one that carries the newest window. `isWhole`: they say that their windows are closed for all partitions.
   */
  due(
    commits: readonly PartitionCommit[],
    { nowMs, isWhole }: { readonly nowMs: number; readonly isWhole: boolean },
  ): readonly PartitionCommit[] {
    const unsent = this.unsent(commits);
    const due = unsent.filter(({ offset, ...partition }) => {
      const sent = this.#sent.get(partitionKey(partition));
      return sent === undefined || sent.commit.offset !== offset ||
        (!isWhole && sent.commit.replayFrom < offset) || nowMs - sent.sentMs >= REFRESH_MS;
    });
    return due.length > 0 ? due : unsent.slice(0, 1);
  }

  /** Those that differ from the ones sent. */
  unsent(commits: readonly PartitionCommit[]): readonly PartitionCommit[] {
    return commits.filter((commit) => {
      const { offset, metadata } = this.#sent.get(partitionKey(commit))?.commit ?? {};
      return offset !== commit.offset || metadata !== commit.metadata;
    });
  }

  note(commits: readonly PartitionCommit[], sentMs: number): void {
    for (const commit of commits) this.#sent.set(partitionKey(commit), { commit, sentMs });
  }

  /** Other members may commit from now on. */
  forget(): void {
    this.#sent.clear();
  }
}
