// Where records come from: exactly one of Kafka, the embedded stream, lines.

import { z } from "zod";
import { isAddress } from "../text/address.ts";
import { sasl, tls } from "./broker_security_schema.ts";
import { duration, nameText, oneOf, size, text, textThat, together, wholeNumber, yesOrNo } from "./key.ts";
import { parseTopicPattern } from "./pattern.ts";
import { isTopicName } from "../kafka/topic_name.ts";

export const SOURCE_KINDS: readonly string[] = ["kafka", "synthetic", "lines"];

const address = textThat("HOST:PORT, such as 127.0.0.1:9092", isAddress);

const kafka = z.strictObject({
  brokers: z.array(address).min(1).max(100).describe(
    "Addresses of some of the cluster's brokers, HOST:PORT.",
  ),
  topics: z.array(
    textThat("a topic's name, or /regex/", (text) => {
      return isTopicName(text) || parseTopicPattern(text) !== undefined;
    }),
  ).min(1).max(1000).describe("Topics to read; /regex/ subscribes to what matches."),
  group: nameText().optional().describe("The consumer group; `name` where it is not given."),
  start: oneOf("window", "earliest", "latest").prefault("window").describe(
    "Where to begin with no committed offset: as far back as the window reaches, or at an end of the log.",
  ),
  isolation: oneOf("read_committed", "read_uncommitted").prefault("read_committed").describe(
    "Whether records of transactions that are open or were aborted stay unread.",
  ),
  check_crcs: yesOrNo().prefault(true).describe(
    "Check each batch's CRC; a corrupt one is skipped and counted.",
  ),
  max_bytes_per_partition: size("1B", "64MiB").prefault("256KiB").describe(
    "What one fetch brings at most of a partition.",
  ),
  max_wait: duration("1ms", "30s").prefault("500ms").describe(
    "How long a broker may hold back a small answer.",
  ),
  session_timeout: duration("1s", "30m").prefault("10s").describe(
    "After so long without a sign of life the group gives this member's partitions to others.",
  ),
  tls: tls.prefault({}).describe("Encryption of what goes to the brokers and comes from them."),
  sasl: sasl.prefault({}).describe("The log-in to the brokers."),
});

const synthetic = together(
  z.strictObject({
    tasks: z.array(z.strictObject({
      name: nameText().describe("The task's name; its records' topic."),
      rate: wholeNumber(0, 1_000_000).describe("Records per second to begin with."),
    })).min(1).max(1000).prefault([{ name: "task-1", rate: 300 }]).describe("Named streams of records."),
    delta_min: wholeNumber(-1_000_000, 1_000_000).prefault(-100).describe(
      "Each second each task's rate changes by a random whole number, this at least.",
    ),
    delta_max: wholeNumber(-1_000_000, 1_000_000).prefault(100).describe("That number at most."),
    max_rate: wholeNumber(0, 1_000_000).prefault(1000).describe("A task's rate stays within 0 and this."),
    vocabulary: wholeNumber(1, 1_000_000).prefault(1000).describe("Distinct words, zipf-distributed."),
    words_per_record: wholeNumber(1, 10_000).prefault(8).describe("Words in each record."),
    random_seed: wholeNumber(0, 2 ** 32 - 1).optional().describe("The same seed gives the same stream."),
  }),
  ({ tasks = [], delta_min, delta_max, max_rate }, { report }) => {
    if (delta_min !== undefined && delta_max !== undefined && delta_min > delta_max) {
      report(["delta_min"], `is ${delta_min}, wanted no more than delta_max (${delta_max})`);
    }
    const names = new Set<string>();
    tasks.forEach((task, i) => {
      if (names.has(task.name)) {
        report(["tasks", i, "name"], `is "${task.name}" a second time, wanted another name`);
      }
      names.add(task.name);
      if (max_rate !== undefined && task.rate > max_rate) {
        report(["tasks", i, "rate"], `is ${task.rate}, wanted no more than max_rate (${max_rate})`);
      }
    });
  },
);

const lines = z.strictObject({
  path: text("a file's path, or -", { max: 4096 }).prefault("-").describe(
    "Each line a record: a file or a FIFO is followed; - is standard input.",
  ),
});

export const source = together(
  z.strictObject({
    kafka: kafka.optional().describe("Kafka topics."),
    synthetic: synthetic.optional().describe("An embedded stream: tasks whose rates walk at random."),
    lines: lines.optional().describe("Lines of a file or of standard input."),
  }),
  (_, { present, report, unknownKeys }) => {
    const given = SOURCE_KINDS.filter(present);
    const wanted = `exactly one of ${SOURCE_KINDS.join(", ")}`;
    if (given.length === 0 && !unknownKeys) report([], `names no source, wanted ${wanted}`);
    for (const kind of given.slice(1)) report([kind], `stands beside ${given[0]}, wanted ${wanted}`);
  },
);
