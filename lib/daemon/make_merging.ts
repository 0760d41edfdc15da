// Builds the parts with which a member of a group combines its counts with those of the others.

import type { Clock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { GroupEpochs } from "../kafka/group/group_epochs.ts";
import type { BrokerSecurity } from "../kafka/connection/broker_security.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import type { Log } from "../log/log.ts";
import { GroupWindows } from "../merge/group_windows.ts";
import { MergingMember } from "../merge/merging_member.ts";
import { PaneLog } from "../merge/pane_log.ts";
import { paneLogRetentionMs, whyUnusable } from "../merge/pane_log_topic.ts";
import { ReportSender } from "../merge/report_sender.ts";
import { mergeFingerprint, mergeProtocol } from "../settings/merge_settings.ts";
import type { Outputs } from "../sink/outputs.ts";
import type { KafkaEvents } from "../source/kafka/source_report.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import { WordTable } from "../words/word_table.ts";

export interface MergeContext {
  /** The words of the pipeline. */
  readonly words: WordTable;
  readonly outputs: Outputs;
  readonly security: BrokerSecurity;
  /** Called when the pane log may have something to take. */
  readonly onNews: () => void;
  readonly events: Pick<KafkaEvents, "skippedOffsets">;
  readonly clock: Clock;
  readonly log: Log;
}

export function makeMergingMember(config: Config, context: MergeContext): MergingMember {
  const { words, outputs, security, onNews, events, clock, log } = context;
  const { name: clientId, source: { kafka }, merge: { topic }, window: settings } = config;
  if (kafka === undefined || topic === undefined) {
    throw new Error("cannot merge: the configuration has no group");
  }
  const { length: lengthMs, slide: slideMs, lateness: latenessMs } = settings;
  const { max_words: maxWords, max_word_bytes: maxWordBytes } = settings;
  const connect = () => new NetworkClient({ bootstrap: kafka.brokers, clientId, security, clock });
  const fingerprint = mergeFingerprint(config);
  const minRetentionMs = paneLogRetentionMs({ lengthMs, latenessMs });
  const paneLog = new PaneLog({
    topic,
    connect,
    whyUnusable: (client) => whyUnusable(client, { name: topic, minRetentionMs }),
    onNews,
    onLost: (offsets) => events.skippedOffsets(topic, 0, offsets),
    clock,
    log: log.child("merge"),
  });
  const groupWords = new WordTable();
  const window = new SlidingWindow({
    lengthMs,
    slideMs,
    top: config.top,
    words: groupWords,
    maxWords,
    maxWordBytes,
    isWeighted: true,
  });
  return new MergingMember({
    id: crypto.randomUUID(),
    epochs: new GroupEpochs(mergeProtocol(fingerprint)),
    fingerprint,
    words,
    groupWords,
    log: paneLog,
    sender: new ReportSender({ topic, client: connect(), clock, log: log.child("merge") }),
    windows: (onClosed) =>
      new GroupWindows({ words: groupWords, window, lengthMs, slideMs, fingerprint, onClosed }),
    show: (closed) => outputs.show(closed),
    topic: outputs.hasTopic ? outputs : undefined,
    clock,
  });
}
