// The configuration. One schema yields types (config.ts), defaults, bounds, descriptions, the JSON Schema and docs/configuration.md.
// Defaults are written as in a file.

import { z } from "zod";
import { keyFile } from "./certificate_keys.ts";
import { isCollectorAddress, WANTED_COLLECTOR } from "./collector_address.ts";
import { isAddress } from "../text/address.ts";
import {
  bothOrNeither,
  duration,
  filePath,
  nameText,
  oneOf,
  positiveNumber,
  realNumber,
  size,
  text,
  textThat,
  together,
  wholeNumber,
  yesOrNo,
} from "./key.ts";
import { formatDuration } from "../text/duration.ts";
import { defaultPaneLog, merge } from "./merge_schema.ts";
import { parseTopicPattern } from "./pattern.ts";
import { records } from "./records_schema.ts";
import { source, SOURCE_KINDS } from "./source_schema.ts";
import { newWords, rising } from "./trends_schema.ts";
import { FIELD_KEYS, SPLIT_KEYS, words } from "./words_schema.ts";
import { isTopicName } from "../kafka/topic_name.ts";
import { MAX_TOP } from "../window/sliding_window.ts";

export const DEFAULT_LISTEN = "127.0.0.1:8000";
/** The address of a daemon that listens where it does by default. */
export const defaultDaemonUrl = `http://${DEFAULT_LISTEN}`;

/** Panes of one window. Memory and the time of a restart grow with them. */
const MAX_PANES = 100_000;
const MAX_RATE = 1_000_000_000;

/** Groups of keys of a mapping that exclude each other. */
export const exclusiveKeys: Readonly<Record<"source" | "words", readonly (readonly string[])[]>> = {
  source: [SOURCE_KINDS],
  words: [SPLIT_KEYS, FIELD_KEYS],
};

/** Those of the mapping at a path. */
export function exclusiveGroups(path: string): readonly (readonly string[])[] {
  return path === "source" || path === "words" ? exclusiveKeys[path] : [];
}

const window = together(
  z.strictObject({
    length: duration("1ms", "30d").prefault("60s").describe(
      "The length of the window, a whole multiple of slide.",
    ),
    slide: duration("1ms", "1d").prefault("2s").describe("The time between the ends of two windows."),
    time: oneOf("event", "processing").prefault("event").describe(
      "event uses the timestamp of a record, processing its arrival. With processing lateness and max_future are 0.",
    ),
    lateness: duration("0s", "1d").prefault("2s").describe(
      "How long a window waits for records that arrive out of order.",
    ),
    idle: duration("0s", "1d").prefault("10s").describe(
      "A partition without new records for this time does not delay windows.",
    ),
    max_future: duration("0s", "365d").prefault("1m").describe(
      "A record dated further ahead of the clock is skipped, and counted as skipped.",
    ),
    max_words: wholeNumber(1, 10_000_000).prefault(100_000).describe(
      "Distinct words of one slide. With more of them counts can be too high, at most by the error shown with them.",
    ),
    max_word_bytes: size("64KiB", "4GiB").prefault("64MiB").describe(
      "Bytes of all words that are held, and 16 more for each word. Beyond them the same happens as with max_words.",
    ),
  }),
  ({ length, slide }, { report }) => {
    if (length === undefined || slide === undefined) return;
    if (length % slide !== 0) {
      report(
        ["length"],
        `is ${formatDuration(length)}, wanted a whole multiple of slide (${formatDuration(slide)})`,
      );
    } else if (length / slide > MAX_PANES) {
      report(["length"], `is ${length / slide} slides, wanted no more than ${MAX_PANES}`);
    }
  },
).transform((window) => window.time === "event" ? window : { ...window, lateness: 0, max_future: 0 });

const rate = together(
  z.strictObject({
    backpressure: yesOrNo().prefault(true).describe(
      "Adapt the rate to the speed of processing. With false only max limits it.",
    ),
    min: positiveNumber(MAX_RATE).prefault(10).describe("The estimate never falls below this rate."),
    initial: positiveNumber(MAX_RATE).prefault(1000).describe("The rate until the first estimate."),
    max: positiveNumber(MAX_RATE).optional().describe("The rate never exceeds this. Empty: no limit."),
    max_per_partition: positiveNumber(MAX_RATE).optional().describe(
      "The rate of one partition never exceeds this. Empty: no limit.",
    ),
    replay: positiveNumber(MAX_RATE).optional().describe(
      "The rate of records that are read again after a start or a rebalance. Empty: no limit.",
    ),
    interval: duration("10ms", "1h").prefault("1s").describe("The time between two estimates of the rate."),
    pid: z.strictObject({
      proportional: realNumber(0, 1000).prefault(1).describe("The weight of the current error."),
      integral: realNumber(0, 1000).prefault(0.2).describe("The weight of the accumulated error."),
      derivative: realNumber(0, 1000).prefault(0).describe("The weight of the change of the error."),
    }).prefault({}).describe("The gains of the PID estimator."),
  }),
  ({ min, max }, { report }) => {
    if (min !== undefined && max !== undefined && min > max) {
      report(["min"], `is ${min}, wanted no more than max (${max})`);
    }
  },
);

const outputTopic = textThat("a topic's name", isTopicName);

const output = z.strictObject({
  console: yesOrNo().prefault(true).describe("Write each closed window to standard output."),
  kafka: z.strictObject({
    topic: outputTopic.optional().describe(
      "An existing topic of source.kafka's cluster that receives each closed window as a JSON record.",
    ),
  }).prefault({}).describe("Windows as records of a topic."),
  dead_letters: z.strictObject({
    topic: outputTopic.optional().describe(
      "An existing topic of source.kafka's cluster for records that cannot be read. Headers name origin and reason.",
    ),
  }).prefault({}).describe("Records that cannot be read."),
}).prefault({});

const http = z.strictObject({
  listen: textThat(`HOST:PORT, such as ${DEFAULT_LISTEN}`, isAddress).prefault(DEFAULT_LISTEN).describe(
    "The address of the HTTP server. Port 0 takes a free port.",
  ),
  tls: together(
    z.strictObject({
      cert_file: filePath("certificates").optional().describe(
        "The server certificate with its chain, as PEM. It needs key_file. Empty: no TLS.",
      ),
      key_file: keyFile(),
    }),
    (_, together) => bothOrNeither(["cert_file", "key_file"], together),
  ).prefault({}).describe("Encryption of the connections from clients."),
  basic_auth: together(
    z.strictObject({
      username: textThat(
        "a user name without a colon",
        (text) => text.length <= 1024 && !/[:\p{Cc}]/u.test(text),
      ).optional().describe("The user name for all requests. It needs password_file. Empty: no login."),
      password_file: filePath("password or hash").optional().describe(
        "The file that holds the password, or its bcrypt hash as htpasswd -nB prints it.",
      ),
    }),
    (_, together) => bothOrNeither(["username", "password_file"], together),
  ).prefault({}).describe("The login of clients."),
});

const metrics = z.strictObject({
  otlp: z.strictObject({
    endpoint: textThat(WANTED_COLLECTOR, isCollectorAddress).optional().describe(
      "An OpenTelemetry collector that gets the metrics by OTLP/HTTP. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, or none.",
    ),
  }).prefault({}).describe("Metrics that are pushed to an OpenTelemetry collector every 15 s."),
}).prefault({});

const root = z.strictObject({
  name: nameText().prefault("rtcount").describe(
    "The name of the job: the Kafka client id, and the label job_name of rtcount_build_info.",
  ),
  source: source.describe("The source of records: exactly one of kafka, synthetic, lines."),
  records: records.prefault({}).describe("How a record is read."),
  words: words.prefault({}).describe("How a record becomes words."),
  window: window.prefault({}).describe("The sliding window in which words are counted."),
  top: wholeNumber(1, MAX_TOP).prefault(20).describe(
    "The number of words that are shown, the most frequent first.",
  ),
  rate: rate.prefault({}).describe("Limits of the intake, in records per second of the whole process."),
  rising: rising.prefault({}).describe("Words that come more often than usual, see docs/rising.md."),
  new_words: newWords.prefault({}).describe(
    "Words that the stream has not had for a long time, see docs/new-words.md.",
  ),
  state: z.strictObject({
    dir: text("the path of a folder", { max: 4096 }).optional().describe(
      "The folder for snapshots of the counts, which must exist. Empty: no snapshots. Only source.kafka uses it.",
    ),
    interval: duration("100ms", "1d").prefault("10s").describe("The time between two snapshots."),
  }).prefault({}).describe(
    "Snapshots make a restart faster. No count depends on them.",
  ),
  merge: merge.prefault({}).describe("Windows of a whole group of processes, see docs/scaling.md."),
  http: http.prefault({}).describe("The HTTP server with metrics, page and API."),
  output: output.describe("Destinations of closed windows, and of records that cannot be read."),
  metrics: metrics.describe("Metrics beside those that Prometheus scrapes."),
  log: z.strictObject({
    level: oneOf("debug", "info", "warn", "error").prefault("info").describe(
      "The lowest level that is logged.",
    ),
    format: oneOf("text", "json").prefault("text").describe(
      "The format of log lines, which go to standard error.",
    ),
  }).prefault({}).describe("The log of the program."),
});

export type { Config } from "./config.ts";

/** The whole configuration as in a file: durations and sizes are text. */
export const configSchema = together(
  root,
  ({ name, source, records, words, window, output, merge }, { report }) => {
    if (records?.format === "text" && words?.from === "field") {
      report(
        ["words", "from"],
        "is field, and text has no fields, wanted records.format: json, avro or protobuf with it",
      );
    }
    if (records?.format === "text" && words?.weight !== undefined) {
      report(
        ["words", "weight"],
        "needs fields, which text has not, wanted records.format: json, avro or protobuf with it",
      );
    }
    const hasSchemas = records?.format === "avro" || records?.format === "protobuf";
    if (hasSchemas && words?.from === "value") {
      report(
        ["words", "from"],
        `is value, which is no text in ${records.format}, wanted field, key or header`,
      );
    }
    if (hasSchemas && source !== undefined && source.kafka === undefined) {
      report(
        ["records", "format"],
        `is ${records.format}, and needs source.kafka, wanted that source or json`,
      );
    }
    const readsKeys = words?.from === "key" || records?.where.some(({ key }) => key === true);
    if (words !== undefined && words.key_format !== "text" && readsKeys === false) {
      report(["words", "key_format"], "has no effect, wanted words.from: key, or a condition with key: true");
    }
    if (records?.timestamp !== undefined && window?.time === "processing") {
      report(
        ["records", "timestamp"],
        "has no effect with window.time: processing, wanted window.time: event",
      );
    }
    if (source === undefined || output === undefined) return;
    if (merge?.enabled === true && source.kafka === undefined) {
      report(["merge", "enabled"], "is true, and needs source.kafka, wanted that source or false");
    }
    if (merge?.enabled === true && window?.time === "processing") {
      report(["window", "time"], "is processing, wanted event with merge.enabled: true");
    }
    if (merge?.enabled === true && source.kafka !== undefined) {
      const topic = merge.topic ?? defaultPaneLog(source.kafka.group ?? name ?? "");
      const problem = paneLogProblem(topic, source, [output.kafka.topic, output.dead_letters.topic]);
      if (problem !== undefined) report(["merge", "topic"], problem);
    }
    const { kafka, dead_letters: deadLetters } = output;
    const topics = [["kafka", kafka.topic], ["dead_letters", deadLetters.topic]] as const;
    for (const [key, topic] of topics) {
      const problem = topic === undefined ? undefined : outputTopicProblem(topic, source);
      if (problem !== undefined) report(["output", key, "topic"], problem);
    }
    if (kafka.topic !== undefined && kafka.topic === deadLetters.topic) {
      report(
        ["output", "dead_letters", "topic"],
        `is "${kafka.topic}", as output.kafka.topic is, wanted another`,
      );
    }
  },
).transform(({ source, merge, ...config }) => {
  const named = withGroup(source, config.name);
  const { group } = named.kafka ?? {};
  const topic = merge.topic ?? (merge.enabled && group !== undefined ? defaultPaneLog(group) : undefined);
  return { ...config, source: named, merge: { ...merge, ...(topic === undefined ? {} : { topic }) } };
});

/** Reports that are read as records would be counted and reported again, without an end. */
function paneLogProblem(
  topic: string,
  source: Source,
  outputs: readonly (string | undefined)[],
): string | undefined {
  if (!isTopicName(topic)) {
    return `is empty, and "${topic}" cannot be the name of a topic, wanted a topic's name`;
  }
  if (outputs.includes(topic)) return `is "${topic}", as an output's topic is, wanted another`;
  return outputTopicProblem(topic, source);
}

/** Records emitted to a topic that is read would be read and emitted again, without an end. */
function outputTopicProblem(topic: string, { kafka }: Source): string | undefined {
  if (kafka === undefined) return "needs source.kafka, wanted that source or no topic";
  const reading = kafka.topics.find((one) => one === topic || parseTopicPattern(one)?.test(topic) === true);
  if (reading === undefined) return undefined;
  return `is "${topic}", which source.kafka.topics reads as ${reading}, wanted a topic that is not read`;
}

type Source = z.output<typeof source>;
type Kafka = NonNullable<Source["kafka"]>;

function withGroup(
  { kafka, ...others }: Source,
  group: string,
): Omit<Source, "kafka"> & { kafka?: Kafka & { group: string } } {
  return kafka === undefined ? others : { kafka: { ...kafka, group: kafka.group ?? group } };
}
