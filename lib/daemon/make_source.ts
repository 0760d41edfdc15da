// Builds the source that the configuration names.

import type { Clock } from "../async/clock.ts";
import { parseTopicPattern } from "../config/pattern.ts";
import type { Config } from "../config/schema.ts";
import { fetchSettings } from "../settings/fetch_settings.ts";
import type { Log } from "../log/log.ts";
import { KafkaSource, type KafkaSourceOptions } from "../source/kafka/kafka_source.ts";
import { LinesSource } from "../source/lines/line_source.ts";
import type { Source } from "../source/source.ts";
import { SyntheticSource } from "../source/synthetic/synthetic_source.ts";

export interface SourceContext
  extends Pick<KafkaSourceOptions, "security" | "snapshots" | "groupLog" | "events"> {
  readonly clock: Clock;
  readonly log: Log;
}

export function makeSource(config: Config, context: SourceContext): Source {
  const { security, clock, log, snapshots, groupLog, events } = context;
  const { source: { synthetic, lines, kafka }, words } = config;
  if (synthetic !== undefined) {
    return new SyntheticSource({
      tasks: synthetic.tasks,
      deltaMin: synthetic.delta_min,
      deltaMax: synthetic.delta_max,
      maxRate: synthetic.max_rate,
      vocabulary: synthetic.vocabulary,
      wordsPerRecord: synthetic.words_per_record,
      randomSeed: synthetic.random_seed,
      separator: words.separator ?? " ",
      clock,
      log: log.child("synthetic"),
    });
  }
  if (lines !== undefined) {
    const maxRecordBytes = words.max_record_bytes;
    return new LinesSource({ path: lines.path, maxRecordBytes, clock, log: log.child("lines") });
  }
  if (kafka === undefined) throw new Error("cannot make a source: the configuration names none");
  return new KafkaSource({
    brokers: kafka.brokers,
    topics: kafka.topics.map((topic) => parseTopicPattern(topic) ?? topic),
    group: kafka.group,
    clientId: config.name,
    security,
    start: kafka.start,
    fetch: fetchSettings(kafka, { maxRecordBytes: words.max_record_bytes }),
    metadataIntervalMs: kafka.metadata_interval,
    sessionTimeoutMs: kafka.session_timeout,
    window: { lengthMs: config.window.length, slideMs: config.window.slide, time: config.window.time },
    snapshots,
    groupLog,
    clock,
    log: log.child("kafka"),
    events,
  });
}
