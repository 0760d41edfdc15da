// GroupMarks holds what the pane log says about each partition, and decides which reports take effect. It is a function of
// the log alone: a reader that starts at the offset of a commit holds the same as one that has read the whole log.

import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import type { ReportHead, ReportId } from "./report.ts";

/** `outdated`: a report of a newer assignment came before it. `repeated`: it has been in the log before. */
export type ReportOutcome = "taken" | "repeated" | "outdated";

/** The newest report of a partition. */
export interface PartitionMark {
  /** No window that ends here or earlier waits for the partition. */
  readonly boundMs: number;
  /** Records in panes that end here or earlier are in the log, if their offset is below `offset`. */
  readonly cutMs: number;
  readonly offset: number;
  readonly isIdle: boolean;
  readonly epoch: number;
  /** Offset of the report in the pane log. */
  readonly logOffset: number;
}

/** A member that has sent a report or a marker under the newest epoch. */
interface HeardMember {
  /** The number of its last report. */
  readonly number: number;
  /** Offset of its last report in the pane log. */
  readonly logOffset: number;
}

/** The most members of an epoch. */
const MAX_MEMBERS = 10_000;
/** The most partitions with a mark, beside those of the list. */
const MAX_FORMER_MARKS = 100_000;

export class GroupMarks {
  #epoch = 0;
  #met = 0;
  #list: readonly TopicPartition[] = [];
  /** The keys of the list. */
  #listed = new Set<string>();
  readonly #marks = new Map<string, PartitionMark>();
  /** Under the newest epoch, by name. Older numbers are not needed: lower epochs are outdated. */
  readonly #members = new Map<string, HeardMember>();
  /** The member that reads a partition, by its key. */
  readonly #holders = new Map<string, string>();
  #firstEndMs = -Infinity;
  #servedUntilMs = -Infinity;
  #watermarkMs = -Infinity;
  #taken = 0;

  /** The highest so far; 0 for none. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The highest epoch of any part; 0 for none. */
  get met(): number {
    return this.#met;
  }

  /** The number of reports and markers that have taken effect. Marks and bounds change only with it. */
  get taken(): number {
    return this.#taken;
  }

  /** All partitions of the newest epoch, sorted. */
  get list(): readonly TopicPartition[] {
    return this.#list;
  }

  /** The number of members heard under the newest epoch. */
  get members(): number {
    return this.#members.size;
  }

  /** End of the first window: the latest that a member has named. */
  get firstEndMs(): number {
    return this.#firstEndMs;
  }

  /** The output topic has every window up to here; the latest that a member has named. */
  get servedUntilMs(): number {
    return this.#servedUntilMs;
  }

  /** The smallest bound of the list; -Infinity while the log says nothing of one of them. It may go back. */
  get watermarkMs(): number {
    return this.#watermarkMs;
  }

  /** The number of listed partitions of which the log says nothing. */
  get unheard(): number {
    return this.#count((mark) => mark === undefined);
  }

  /** The number of listed partitions without a report under the newest epoch. */
  get unreported(): number {
    return this.#count((mark) => mark?.epoch !== this.#epoch);
  }

  /** The member that reads the lowest partition of the list; undefined while none has said so. */
  get holderOfLowest(): string | undefined {
    const [lowest] = this.#list;
    return lowest && this.#holders.get(partitionKey(lowest));
  }

  /** Undefined where the log says nothing of the partition. */
  markOf(partition: TopicPartition): PartitionMark | undefined {
    return this.#marks.get(partitionKey(partition));
  }

  /**
   * Notes the epoch of a part. From its first part on, a report makes those of lower epochs void: a reader that starts at this
   * part does not know whether the epoch was in the log before.
   */
  meet(epoch: number): void {
    this.#met = Math.max(this.#met, epoch);
  }

  /** Whether the report may be heard: a group has no more than some thousand members. */
  hasRoomFor({ epoch, member }: ReportId): boolean {
    return epoch !== this.#epoch || this.#members.size < MAX_MEMBERS || this.#members.has(member);
  }

  /** The outcome that `hear` would have. */
  outcomeOf({ epoch, member, number }: ReportId): ReportOutcome {
    if (epoch < this.#met) return "outdated";
    const last = epoch === this.#epoch ? this.#members.get(member)?.number ?? 0 : 0;
    return number <= last ? "repeated" : "taken";
  }

  /**
   * Hears the next report of the log, whose first part is at `logOffset`. Panes before `neededFromMs` are in no open window.
   * O(partitions).
   */
  hear(
    head: ReportHead,
    { logOffset, neededFromMs }: { readonly logOffset: number; readonly neededFromMs: number },
  ): ReportOutcome {
    this.meet(head.epoch);
    const outcome = this.outcomeOf(head);
    if (outcome !== "taken") return outcome;
    const { epoch, member, number } = head;
    if (epoch > this.#epoch) this.#beginEpoch(head, neededFromMs);
    this.#members.set(member, { number, logOffset });
    this.#mark(head, logOffset);
    this.#firstEndMs = Math.max(this.#firstEndMs, head.firstEndMs);
    this.#servedUntilMs = Math.max(this.#servedUntilMs, head.servedUntilMs);
    this.#watermarkMs = this.#smallest(() => true) ?? -Infinity;
    this.#taken++;
    return "taken";
  }

  /**
   * The smallest known bound of the listed partitions that the member does not read; Infinity for none. Its partitions may
   * not be read much further than this.
   */
  othersMs(member: string): number {
    let smallestMs = Infinity;
    for (const key of this.#listed) {
      const mark = this.#holders.get(key) === member ? undefined : this.#marks.get(key);
      if (mark !== undefined) smallestMs = Math.min(smallestMs, mark.boundMs);
    }
    return smallestMs;
  }

  /**
   * The bound of a member whose partitions are all idle: the smallest of the other partitions that are not idle, -Infinity
   * where the log says nothing of one. If all are idle, it is the largest bound of all.
   */
  followMs(member: string): number {
    const holdsBack = (key: string) => {
      return this.#holders.get(key) !== member && this.#marks.get(key)?.isIdle !== true;
    };
    return this.#smallest(holdsBack) ?? this.#largestMs();
  }

  /** Whether all listed partitions that the member does not read were idle when they were last reported. */
  othersAreIdle(member: string): boolean {
    for (const key of this.#listed) {
      if (this.#holders.get(key) !== member && this.#marks.get(key)?.isIdle !== true) return false;
    }
    return true;
  }

  /**
   * The lowest offset in the pane log of what is newest: the last report of each member, and the last report of each
   * partition that is listed or has panes from `neededFromMs` on. Infinity for none.
   */
  newestFrom(neededFromMs: number): number {
    let lowest = Infinity;
    for (const { logOffset } of this.#members.values()) lowest = Math.min(lowest, logOffset);
    for (const [key, { cutMs, logOffset }] of this.#marks) {
      if (this.#listed.has(key) || cutMs > neededFromMs) lowest = Math.min(lowest, logOffset);
    }
    return lowest;
  }

  #beginEpoch({ epoch, list }: ReportHead, neededFromMs: number): void {
    // A partition that comes back to the list keeps its mark exactly as long as an open window has panes of it. A commit
    // names no offset for a mark that is older, so that not every reader has it.
    for (const [key, { cutMs }] of this.#marks) {
      const isBeyond = this.#marks.size - this.#listed.size > MAX_FORMER_MARKS;
      if (!this.#listed.has(key) && (cutMs <= neededFromMs || isBeyond)) this.#marks.delete(key);
    }
    this.#epoch = epoch;
    this.#list = list;
    this.#listed = new Set(list.map(partitionKey));
    this.#members.clear();
    this.#holders.clear();
  }

  #mark(head: ReportHead, logOffset: number): void {
    const { member, isMarker, boundMs, cutMs, isIdle, epoch } = head;
    for (const partition of head.partitions) {
      const key = partitionKey(partition);
      // All reports of an epoch have the same list. Only a wrong one names further partitions, without an end.
      if (!this.#listed.has(key)) continue;
      this.#holders.set(key, member);
      const { offset } = partition;
      if (!isMarker) this.#marks.set(key, { boundMs, cutMs, offset, isIdle, epoch, logOffset });
    }
  }

  /** The smallest bound of the listed partitions that count; undefined for none. */
  #smallest(counts: (key: string) => boolean): number | undefined {
    let smallestMs: number | undefined;
    for (const key of this.#listed) {
      if (!counts(key)) continue;
      const boundMs = this.#marks.get(key)?.boundMs ?? -Infinity;
      smallestMs = smallestMs === undefined ? boundMs : Math.min(smallestMs, boundMs);
    }
    return smallestMs;
  }

  #largestMs(): number {
    let largestMs = -Infinity;
    for (const key of this.#listed) {
      largestMs = Math.max(largestMs, this.#marks.get(key)?.boundMs ?? -Infinity);
    }
    return largestMs;
  }

  #count(counts: (mark: PartitionMark | undefined) => boolean): number {
    let count = 0;
    for (const key of this.#listed) if (counts(this.#marks.get(key))) count++;
    return count;
  }
}
