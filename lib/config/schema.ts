// The configuration: one schema yields its types, defaults, bounds, descriptions and JSON Schema. Defaults stand as a
// file would write them.

import { z } from "zod";
import type { ConfigFile } from "./config_file.ts";
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
import { parsePattern, parseTopicPattern } from "./pattern.ts";
import { source, SOURCE_KINDS } from "./source_schema.ts";
import { isTopicName } from "../kafka/topic_name.ts";
import { JsonPath, wantedJsonPath } from "../formats/json/json_path.ts";
import { isLocale, ROOT_LOCALE } from "../words/segmenter.ts";

export const DEFAULT_LISTEN = "127.0.0.1:8000";
/** The address of a daemon that listens where it does by default. */
export const defaultDaemonUrl = `http://${DEFAULT_LISTEN}`;

/** Words that are not to be counted, those of a file included. */
export const MAX_STOP_WORDS = 100_000;
/** Panes that one window may have: memory and the cost of a restart grow with them. */
const MAX_PANES = 100_000;
const MAX_RATE = 1_000_000_000;

/** Mappings of which only one key may be given; naming another takes the place of the one there. */
export const exclusiveKeys: Readonly<Record<string, readonly string[]>> = {
  source: SOURCE_KINDS,
  words: ["separator", "pattern", "segmenter"],
};

const words = together(
  z.strictObject({
    from: oneOf("value", "key", "json").prefault("value").describe(
      "The part of a record that is text; json: what json_path leads to in a value that is JSON.",
    ),
    json_path: text(wantedJsonPath, { max: 4096 }).optional().describe(
      "With from: json. RFC 9535 without .. and filters; it leads to strings, numbers, or arrays of them.",
    ).meta({ default: "$.message" }),
    separator: textThat("text of 1 to 16 bytes", (text) => new TextEncoder().encode(text).length <= 16)
      .optional()
      .describe("Words are what stands between separators. Not together with pattern or segmenter.").meta({
        default: ",",
      }),
    pattern: textThat("a regular expression", (text) => parsePattern(text) !== undefined).optional()
      .describe("A regular expression (flags gu): each match is a word."),
    segmenter: oneOf("unicode").optional().describe(
      "unicode: words as Unicode defines them, also in languages that write no spaces.",
    ),
    locale: textThat("a language tag, such as ja or pt-BR", isLocale).optional().describe(
      "The language whose rules the segmenter goes by; und: none's. Not used without segmenter.",
    ).meta({ default: ROOT_LOCALE }),
    trim: yesOrNo().prefault(true).describe("White space around a word is not part of it."),
    lowercase: yesOrNo().prefault(false).describe("Words are counted in lower case."),
    min_length: wholeNumber(0, 65_536).prefault(1).describe(
      "Characters; a shorter word is skipped and counted as skipped.",
    ),
    max_length: wholeNumber(1, 65_536).prefault(256).describe(
      "Bytes; a longer word is skipped and counted as skipped.",
    ),
    stop_words: z.array(text("a word", { max: 65_536 })).max(MAX_STOP_WORDS).prefault([]).describe(
      "Words not to count.",
    ),
    stop_words_file: text("a file's path", { max: 4096 }).optional().describe(
      "More of them: UTF-8, one a line, white space around it left out; there are no comments.",
    ),
    max_record_bytes: size("1B", "256MiB").prefault("1MiB").describe(
      "A larger record is skipped and counted as skipped.",
    ),
  }),
  ({ from, json_path, min_length, max_length }, { present, report }) => {
    const given = exclusiveKeys.words.filter(present);
    for (const kind of given.slice(1)) {
      report([kind], `stands beside ${given[0]}, wanted exactly one of ${exclusiveKeys.words.join(", ")}`);
    }
    const wrong = json_path === undefined ? undefined : jsonPathProblem(json_path);
    if (wrong !== undefined) {
      report(["json_path"], `is ${JSON.stringify(json_path)}: ${wrong}, wanted ${wantedJsonPath}`);
    }
    if (present("json_path") && from !== undefined && from !== "json") {
      report(["json_path"], `stands beside from: ${from}, wanted from: json`);
    }
    if (min_length !== undefined && max_length !== undefined && min_length > max_length) {
      report(["min_length"], `is ${min_length}, wanted no more than max_length (${max_length})`);
    }
  },
).transform((words) => ({
  ...words,
  json_path: words.json_path ?? (words.from === "json" ? "$.message" : undefined),
  separator: words.separator ?? ((words.pattern ?? words.segmenter) === undefined ? "," : undefined),
  locale: words.locale ?? (words.segmenter === undefined ? undefined : ROOT_LOCALE),
}));

const window = together(
  z.strictObject({
    length: duration("1ms", "30d").prefault("60s").describe(
      "Length of the window: a whole multiple of slide.",
    ),
    slide: duration("1ms", "1d").prefault("2s").describe("How often a window closes."),
    time: oneOf("event", "processing").prefault("event").describe(
      "Whether a record counts at its timestamp or at its arrival; by arrival lateness and max_future are 0.",
    ),
    lateness: duration("0s", "1d").prefault("2s").describe(
      "How long a window waits for records that come out of order.",
    ),
    idle: duration("0s", "1d").prefault("10s").describe(
      "A partition at its end for so long holds no window back.",
    ),
    max_future: duration("0s", "365d").prefault("1m").describe(
      "A record dated further ahead of the clock is skipped and counted as skipped.",
    ),
    max_words: wholeNumber(1, 10_000_000).prefault(100_000).describe(
      "Distinct words held per slide; beyond, counts may be too high, by no more than is shown with them.",
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
      "Follow what processing can bear; without it max alone holds.",
    ),
    min: positiveNumber(MAX_RATE).prefault(10).describe("The estimate never falls below it."),
    initial: positiveNumber(MAX_RATE).prefault(1000).describe("Until there is a first estimate."),
    max: positiveNumber(MAX_RATE).optional().describe("Empty: no limit."),
    max_per_partition: positiveNumber(MAX_RATE).optional().describe("Empty: no limit."),
    replay: positiveNumber(MAX_RATE).optional().describe(
      "Of records read again after a start or a rebalance. Empty: no limit.",
    ),
    interval: duration("10ms", "1h").prefault("1s").describe("How often the rate is estimated anew."),
    pid: z.strictObject({
      proportional: realNumber(0, 1000).prefault(1).describe("Weight of the error."),
      integral: realNumber(0, 1000).prefault(0.2).describe("Weight of the error that has piled up."),
      derivative: realNumber(0, 1000).prefault(0).describe("Weight of the error's change."),
    }).prefault({}).describe("Gains of the rate estimator."),
  }),
  ({ min, max }, { report }) => {
    if (min !== undefined && max !== undefined && min > max) {
      report(["min"], `is ${min}, wanted no more than max (${max})`);
    }
  },
);

const outputTopic = textThat("a topic's name", isTopicName);

const output = z.strictObject({
  console: yesOrNo().prefault(true).describe("Each closed window to standard output."),
  kafka: z.strictObject({
    topic: outputTopic.optional().describe(
      "Each closed window as one JSON record, to the cluster of source.kafka. The topic has to be there.",
    ),
  }).prefault({}).describe("A topic of windows."),
  dead_letters: z.strictObject({
    topic: outputTopic.optional().describe(
      "Records that could not be read, to the cluster of source.kafka, with headers that say where from and why.",
    ),
  }).prefault({}).describe("A topic of records that were skipped."),
}).prefault({});

const http = z.strictObject({
  listen: textThat(`HOST:PORT, such as ${DEFAULT_LISTEN}`, isAddress).prefault(DEFAULT_LISTEN).describe(
    "HOST:PORT; port 0 takes a free one.",
  ),
  tls: together(
    z.strictObject({
      cert_file: filePath("certificates").optional().describe(
        "PEM: the certificate shown to clients, with those between it and its authority. With key_file. Empty: no TLS.",
      ),
      key_file: filePath("private key").optional().describe("PEM: the key of cert_file, not encrypted."),
    }),
    (_, together) => bothOrNeither(["cert_file", "key_file"], together),
  ).prefault({}).describe("Encryption of what clients are answered."),
  basic_auth: together(
    z.strictObject({
      username: textThat(
        "a user's name, without a colon",
        (text) => text.length <= 1024 && !/[:\p{Cc}]/u.test(text),
      ).optional().describe("Who may ask, whatever it is. With password_file. Empty: everybody."),
      password_file: filePath("password or hash").optional().describe(
        "A file that holds the password, or its hash by bcrypt ($2y$…, as of htpasswd -nB).",
      ),
    }),
    (_, together) => bothOrNeither(["username", "password_file"], together),
  ).prefault({}).describe("The log-in that is wanted of clients."),
});

const root = z.strictObject({
  name: nameText().prefault("rtcount").describe(
    "The job's name: Kafka client id, label job_name of rtcount_build_info.",
  ),
  source: source.describe("Where records come from: exactly one of kafka, synthetic, lines."),
  words: words.prefault({}).describe("How a record's text becomes words."),
  window: window.prefault({}).describe("The sliding window over which words are counted."),
  top: wholeNumber(1, 1000).prefault(20).describe("How many of the most frequent words are shown."),
  rate: rate.prefault({}).describe("Records per second, of the whole process."),
  state: z.strictObject({
    dir: text("a folder's path", { max: 4096 }).optional().describe(
      "Where snapshots of the counts are kept; the folder has to be there. Empty: none. Used with Kafka alone.",
    ),
    interval: duration("100ms", "1d").prefault("10s").describe("How often a snapshot is taken."),
  }).prefault({}).describe(
    "Snapshots: they spare a restart reading records again; no count depends on them.",
  ),
  http: http.prefault({}).describe("The HTTP server: metrics and API."),
  output: output.describe("Where closed windows go, and records that could not be read."),
  log: z.strictObject({
    level: oneOf("debug", "info", "warn", "error").prefault("info").describe("The least that is logged."),
    format: oneOf("text", "json").prefault("text").describe("One line each on standard error."),
  }).prefault({}).describe("The program's own log."),
});

/** The whole configuration as a file gives it: durations and sizes as text. */
export const configSchema = together(root, ({ source, output }, { report }) => {
  if (source === undefined || output === undefined) return;
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
}).transform(({ source, ...config }) => ({ ...config, source: withGroup(source, config.name) }));

/** What is put out to a topic that is read would be read, and put out, for ever. */
function outputTopicProblem(topic: string, { kafka }: Source): string | undefined {
  if (kafka === undefined) return "needs the brokers of source.kafka, wanted that source or no topic";
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

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/**
 * The configuration in force, defaults filled in. Keys as in the file; durations are milliseconds, sizes bytes. Exactly
 * one of `source.kafka`, `.synthetic`, `.lines` is there, and one of `words.separator`, `.pattern`, `.segmenter`.
 */
export type Config = DeepReadonly<z.output<typeof configSchema>> & {
  /** What was read with it; nothing of it is ever shown. */
  readonly files?: readonly ConfigFile[];
};

function jsonPathProblem(path: string): string | undefined {
  try {
    new JsonPath(path);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}
