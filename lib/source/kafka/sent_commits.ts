// SentCommits chooses the commits that are worth sending. A closed window changes the metadata of all partitions, also
// of those without a new record. A restart takes the newest window among all commits, so one of them must carry it, and
// one is enough.

import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";

/** The newest window of a partition without new records is this old at most, should another process take it over. */
const REFRESH_MS = 10_000;

interface SentCommit {
  readonly commit: OffsetCommit;
  readonly sentMs: number;
}

export class SentCommits {
  readonly #sent = new Map<string, SentCommit>();

  /** All that have a new offset, those that are old, and one that carries the newest window. */
  due(commits: readonly OffsetCommit[], nowMs: number): readonly OffsetCommit[] {
    const unsent = this.unsent(commits);
    const due = unsent.filter((commit) => {
      const sent = this.#sent.get(partitionKey(commit));
      return sent === undefined || sent.commit.offset !== commit.offset || nowMs - sent.sentMs >= REFRESH_MS;
    });
    return due.length > 0 ? due : unsent.slice(0, 1);
  }

  /** Those that differ from the ones sent. */
  unsent(commits: readonly OffsetCommit[]): readonly OffsetCommit[] {
    return commits.filter((commit) => {
      const { offset, metadata } = this.#sent.get(partitionKey(commit))?.commit ?? {};
      return offset !== commit.offset || metadata !== commit.metadata;
    });
  }

  note(commits: readonly OffsetCommit[], sentMs: number): void {
    for (const commit of commits) this.#sent.set(partitionKey(commit), { commit, sentMs });
  }

  /** Other members may commit from now on. */
  forget(): void {
    this.#sent.clear();
  }
}
