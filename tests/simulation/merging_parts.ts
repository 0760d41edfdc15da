// Builds the parts with which a simulated member merges its counts with those of its group, as the daemon does. A rule of
// the group can be left out.

import type { Clock } from "../../lib/async/clock.ts";
import { GroupEpochs } from "../../lib/kafka/group/group_epochs.ts";
import type { AssignmentEpoch } from "../../lib/kafka/group/group_protocol.ts";
import type { TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { Log } from "../../lib/log/log.ts";
import { GroupWindows } from "../../lib/merge/group_windows.ts";
import { MergingMember, type MergingMemberOptions } from "../../lib/merge/merging_member.ts";
import { PaneLog } from "../../lib/merge/pane_log.ts";
import { paneLogRetentionMs, whyUnusable } from "../../lib/merge/pane_log_topic.ts";
import { ReportSender } from "../../lib/merge/report_sender.ts";
import type { LogMark } from "../../lib/source/kafka/group_log.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { Watermark, type WatermarkOptions } from "../../lib/window/watermark.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { MarksWithout, type Rule } from "../merge/group_rules.ts";
import { PANES_TOPIC } from "./cluster.ts";
import type { Settings } from "./scenario.ts";
import type { SimulatedClient } from "./simulated_client.ts";

const FINGERPRINT = new TextEncoder().encode("simulated groups");

export interface MergingPartsOptions extends Pick<MergingMemberOptions, "id" | "words" | "show" | "topic"> {
  readonly settings: Settings;
  readonly connect: () => SimulatedClient;
  readonly onNews: () => void;
  readonly onLost: (offsets: number) => void;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  readonly without: Rule | undefined;
}

export function makeMergingMember(options: MergingPartsOptions): MergingMember {
  const { id, words, show, topic, connect, onNews, onLost, clock, log, without } = options;
  const { lengthMs, slideMs, latenessMs, maxWords } = options.settings;
  const minRetentionMs = paneLogRetentionMs({ lengthMs, latenessMs });
  const paneLog = new PaneLog({
    topic: PANES_TOPIC,
    connect,
    whyUnusable: (client) => whyUnusable(client, { name: PANES_TOPIC, minRetentionMs }),
    onNews,
    onLost,
    clock,
    log,
  });
  const groupWords = new WordTable();
  const times = { lengthMs, slideMs };
  const window = new SlidingWindow({ ...times, top: 1000, words: groupWords, maxWords, isWeighted: true });
  const marks = new MarksWithout(without);
  return new MemberWithout(without, {
    id,
    epochs: new GroupEpochs("merge"),
    fingerprint: FINGERPRINT,
    words,
    groupWords,
    log: paneLog,
    sender: new ReportSender({ topic: PANES_TOPIC, client: connect(), clock, log }),
    windows: (onClosed) =>
      new GroupWindows({ ...times, words: groupWords, window, fingerprint: FINGERPRINT, marks, onClosed }),
    show,
    topic,
    clock,
  });
}

/** A member without a rule; it keeps all others. */
class MemberWithout extends MergingMember {
  readonly #rule: Rule | undefined;

  constructor(rule: Rule | undefined, options: MergingMemberOptions) {
    super(options);
    this.#rule = rule;
  }

  override async mark(
    assigned: { readonly epoch: AssignmentEpoch; readonly partitions: readonly TopicPartition[] },
    signal: AbortSignal,
  ): Promise<boolean> {
    const isTaken = super.mark(assigned, signal);
    return this.#rule === "a member reads up to its marker" || await isTaken;
  }

  override markOf(partition: TopicPartition): LogMark | undefined {
    return this.#rule === "the log says what is counted" ? undefined : super.markOf(partition);
  }

  override settled(): Promise<boolean> {
    return this.#rule === "acknowledged before committed" ? Promise.resolve(true) : super.settled();
  }
}

/** A watermark without a rule; it keeps all others. */
export class WatermarkWithout extends Watermark {
  readonly #rule: Rule | undefined;
  readonly #aheadMs: number;

  constructor(rule: Rule | undefined, options: WatermarkOptions) {
    super(options);
    this.#rule = rule;
    this.#aheadMs = options.aheadMs;
  }

  override takeUntilMs(index: number): number {
    if (this.#rule !== "who holds the group back waits for nobody") return super.takeUntilMs(index);
    const behindMs = this.streamMs();
    if (behindMs === -Infinity) return super.takeUntilMs(index);
    return Math.min(behindMs, this.othersMs) + this.#aheadMs;
  }
}
