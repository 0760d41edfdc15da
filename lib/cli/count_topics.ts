// `rtcount count --topic` counts the words of Kafka topics in one window: up to the ends that they have when it begins,
// without a group and without a commit.

import { systemClock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { parseTopicPattern } from "../config/pattern.ts";
import { BrokerConnectionError, KafkaError } from "../kafka/connection/kafka_error.ts";
import type { Log } from "../log/log.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import { partitionKey } from "../kafka/topic_partition.ts";
import { brokerSecurity } from "../settings/broker_security_settings.ts";
import { fileSchema, loadSchemaFormat, registrySchemas } from "../settings/schema_settings.ts";
import { fetchSettings } from "../settings/fetch_settings.ts";
import { MissingTopicError, TopicRead } from "../source/kafka/topic_read.ts";
import type { ProgressBar } from "./progress_bar.ts";
import { type PrintOptions, WordCount, type WordCountOptions } from "./word_count.ts";

/**
 * The least limit of a fetch for each partition. Nothing else waits for the event loop here, and each request costs: the
 * broker takes the processor over, and many small buffers make the garbage collector run more often.
 */
const LEAST_FETCH_BYTES = 4 * 1024 * 1024;

export interface CountTopicsOptions extends Omit<WordCountOptions, "isSingle" | "schemas">, PrintOptions {
  readonly log: Log;
  readonly config: Config;
  /** Records dated before are left out; undefined: none. */
  readonly sinceMs: number | undefined;
  readonly progress?: ProgressBar | undefined;
  /** An abort ends the reading, and what has been counted is printed. */
  readonly signal: AbortSignal;
}

/** @throws {Error} that names the broker or the topic that cannot be read, and the remedy */
export async function countTopics(options: CountTopicsOptions): Promise<void> {
  const { config, sinceMs, rules, window, top, reading, progress, signal } = options;
  const { name, source: { kafka } } = config;
  if (kafka === undefined) throw new Error("cannot count topics: the configuration names none");
  let topics: TopicRead | undefined;
  await loadSchemaFormat(config);
  const registry = registrySchemas(config, {
    onNews: () => topics?.wake(),
    clock: systemClock,
    log: options.log,
  });
  const schemas = registry ?? fileSchema(config);
  const count = new WordCount({ isSingle: true, rules, window, top, reading, schemas });
  const { adder } = count;
  const ended = new AbortController();
  const client = new NetworkClient({
    bootstrap: kafka.brokers,
    clientId: name,
    security: brokerSecurity(config, { clock: systemClock, log: options.log, signal: ended.signal }),
    clock: systemClock,
  });
  let read = 0;
  try {
    topics = await TopicRead.open({
      client,
      topics: kafka.topics.map((topic) => parseTopicPattern(topic) ?? topic),
      sinceMs,
      settings: fetchSettings(kafka, {
        maxRecordBytes: config.words.max_record_bytes,
        leastBytesPerPartition: LEAST_FETCH_BYTES,
      }),
      clock: systemClock,
      listener: {
        readableUntil: (records, range) => adder.readableUntil(records, range),
        get waiting() {
          return registry?.waiting;
        },
        onRecords: (records, range) => adder.add(records, range),
        onProblem: ({ reason, records }) => adder.skip(reason, records),
        onUndated: (records) => adder.skip("no_timestamp", records),
        onProgress(offsets) {
          read += offsets;
          progress?.add(offsets);
        },
        onLost(partition, offsets) {
          options.log.warn("records were deleted before they were read, so the counts are too low", {
            partition: partitionKey(partition),
            offsets,
          });
        },
      },
    });
    options.log.debug("reading topics", { records: topics.total });
    for (const { records } of topics.queues) adder.prepare(records);
    progress?.expect(topics.total);
    await topics.run(signal);
    progress?.finish();
    const { output, stdout, log } = options;
    if (signal.aborted) {
      const percent = topics.total === 0 ? 100 : Math.floor(read / topics.total * 100);
      log.warn(`interrupted: these are the counts of the first ${percent} % of the records`, {
        records: read,
        of: topics.total,
      });
    }
    count.print({ output, partitions: topics.partitions, stdout, log });
  } catch (error) {
    throw explained(error, kafka.brokers);
  } finally {
    progress?.finish();
    registry?.stop();
    ended.abort();
    await client.close();
  }
}

/** The error in one line, with the remedy. */
function explained(error: unknown, brokers: readonly string[]): unknown {
  if (error instanceof BrokerConnectionError) {
    const remedy = error.fault === undefined
      ? ": check --brokers, and that the brokers run"
      : ": check source.kafka.tls and source.kafka.sasl of --config";
    return new Error(`cannot read from ${error.address}: ${error.reason}${remedy}`);
  }
  if (error instanceof KafkaError) return new Error(error.message);
  if (error instanceof MissingTopicError) {
    return new Error(
      `${error.message}: check --topic, and whether ${brokers.join(",")} is the right cluster`,
    );
  }
  return error;
}
