// A report is one member's message to all members of its group: the counts of its panes, a bound below which it has
// counted everything, and the offsets up to which it has read its partitions. It may be larger than a Kafka record, so it
// goes as parts. It takes effect with the last part, as a whole or not at all.

import type { TopicPartition } from "../kafka/topic_partition.ts";

/** Names a report. */
export interface ReportId {
  /** The number of the assignment under which it is sent, at least 1. */
  readonly epoch: number;
  /** Unique for each run of a process; at most 64 bytes. */
  readonly member: string;
  /** The running number of the member's reports, from 1. */
  readonly number: number;
}

/** A partition that the member reads. */
export interface ReadPartition extends TopicPartition {
  /** All its records below have been read. */
  readonly offset: number;
}

/** All of a report but its counts. Times are multiples of the slide, or -Infinity for none. */
export interface ReportHead extends ReportId {
  /** A marker has no counts; its bound, cut and offsets mean nothing. */
  readonly isMarker: boolean;
  /** All partitions of the member are idle. */
  readonly isIdle: boolean;
  /** No window that ends here or earlier waits for this member's partitions. */
  readonly boundMs: number;
  /** At least the bound. The counts of all panes that end here or earlier are in this report or in earlier ones. */
  readonly cutMs: number;
  /** End of the first window that may be emitted. */
  readonly firstEndMs: number;
  /** The output topic has every window up to here. */
  readonly servedUntilMs: number;
  /** All partitions of the assignment. In the log they are sorted, and so are those of the member. */
  readonly list: readonly TopicPartition[];
  /** Those of the member. */
  readonly partitions: readonly ReadPartition[];
}
