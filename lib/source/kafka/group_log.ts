// GroupLog is the interface to the pane log, in which the members of a group report their counts. lib/merge implements it.
// The source calls it at the points where reading from Kafka and the log must agree: before the first join, and between
// an assignment and the first record that is read under it.

import { ErrorCode, KafkaError } from "../../kafka/connection/kafka_error.ts";
import type { GroupEpochs } from "../../kafka/group/group_epochs.ts";
import type { AssignmentEpoch } from "../../kafka/group/group_protocol.ts";
import type { TopicPartition } from "../../kafka/topic_partition.ts";
import type { WindowProgress } from "../source.ts";
import type { CommitMetadata } from "./commit_metadata.ts";

/** The newest report of a partition: the log has the records below `offset` in panes that end at `cutMs` or earlier. */
export interface LogMark {
  readonly offset: number;
  readonly cutMs: number;
}

export interface GroupLog {
  readonly epochs: GroupEpochs;
  /** Why the member cannot show windows; undefined for none. */
  readonly notReady: string | undefined;
  /** Reads the log to its end. The first call looks up the group's commits, and begins where the newest of them says. */
  catchUp(lookUpCommits: () => Promise<readonly CommitMetadata[]>, signal: AbortSignal): Promise<void>;
  /** Appends a marker and reads up to it: then no earlier owner alters the marks. False where the marker is void. */
  mark(
    assigned: { readonly epoch: AssignmentEpoch; readonly partitions: readonly TopicPartition[] },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Undefined where the log says nothing of the partition. */
  markOf(partition: TopicPartition): LogMark | undefined;
  /** The state of the windows of the group, for a commit. */
  progress(): WindowProgress;
}

/** The keys of the configuration in which the members of a group must agree. */
export const COUNTING_KEYS = "name, isolation, check_crcs, records, words, window and merge";

/** The coordinator refuses this member because the others offer another protocol name: they count differently. */
export class OtherCountingError extends KafkaError {
  constructor(group: string) {
    super(ErrorCode.inconsistentGroupProtocol, `join the group "${group}"`);
    this.message =
      `the members of the group "${group}" count differently: stop all of them before this one starts, ` +
      `or give this one their configuration (${COUNTING_KEYS})`;
  }
}
