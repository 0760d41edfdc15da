// The key `source`: exactly one of Kafka, the embedded stream, lines.

import { z } from "zod";
import { isAddress } from "../text/address.ts";
import { awsRegionOf } from "./aws_environment.ts";
import { duration, nameText, oneOf, size, text, textThat, together, wholeNumber, yesOrNo } from "./key.ts";
import { sasl } from "./sasl_schema.ts";
import { tls } from "./tls_schema.ts";
import { parseTopicPattern } from "./pattern.ts";
import { isTopicName } from "../kafka/topic_name.ts";

export const SOURCE_KINDS: readonly string[] = ["kafka", "synthetic", "lines"];

const address = textThat("HOST:PORT, such as 127.0.0.1:9092", isAddress);

const kafka = together(
  z.strictObject({
    brokers: z.array(address).min(1).max(100).describe(
      "Addresses of some brokers of the cluster.",
    ),
    topics: z.array(
      textThat("a topic's name, or /regex/", (text) => {
        return isTopicName(text) || parseTopicPattern(text) !== undefined;
      }),
    ).min(1).max(1000).describe(
      "Topics to read. /regex/ subscribes to every topic that matches, also to later ones.",
    ),
    group: nameText().optional().describe("The consumer group. Empty: name."),
    start: oneOf("window", "earliest", "latest").prefault("window").describe(
      "Where to begin without a committed offset: as far back as the window reaches, or at an end of the log.",
    ),
    isolation: oneOf("read_committed", "read_uncommitted").prefault("read_committed").describe(
      "read_committed leaves out records of transactions that are open or were aborted.",
    ),
    check_crcs: yesOrNo().prefault(true).describe(
      "Check the CRC of each batch. A corrupt batch is skipped and counted.",
    ),
    max_bytes_per_partition: size("1B", "64MiB").prefault("256KiB").describe(
      "The most that one fetch brings from a partition.",
    ),
    max_wait: duration("1ms", "30s").prefault("500ms").describe(
      "How long a broker may wait for more records before it answers a fetch.",
    ),
    metadata_interval: duration("1s", "1h").prefault("30s").describe(
      "How often topics and partitions are looked up. A new topic of a pattern is read after this time at the latest.",
    ),
    session_timeout: duration("1s", "30m").prefault("10s").describe(
      "After this time without a heartbeat the group gives this member's partitions to other members.",
    ),
    tls: tls.prefault({}).describe("Encryption of the connections to the brokers."),
    sasl: sasl.prefault({}).describe("The login to the brokers."),
  }),
  ({ brokers, sasl }, { report }) => {
    if (brokers === undefined || sasl?.mechanism !== "aws-msk-iam" || sasl.aws?.region !== undefined) return;
    if (awsRegionOf(brokers) !== undefined) return;
    const message = "is aws-msk-iam, and no broker's name has the region, wanted aws.region with it";
    report(["sasl", "mechanism"], message);
  },
);

const synthetic = together(
  z.strictObject({
    tasks: z.array(z.strictObject({
      name: nameText().describe("The name of the task, and the topic of its records."),
      rate: wholeNumber(0, 1_000_000).describe("Records per second at the start."),
    })).min(1).max(1000).prefault([{ name: "task-1", rate: 300 }]).describe(
      "Named streams of records, each with a rate of its own.",
    ),
    delta_min: wholeNumber(-1_000_000, 1_000_000).prefault(-100).describe(
      "Each second the rate of each task changes by a random whole number. This is the smallest.",
    ),
    delta_max: wholeNumber(-1_000_000, 1_000_000).prefault(100).describe(
      "The largest change of a rate in a second.",
    ),
    max_rate: wholeNumber(0, 1_000_000).prefault(1000).describe(
      "The rate of a task stays between 0 and this.",
    ),
    vocabulary: wholeNumber(1, 1_000_000).prefault(1000).describe(
      "Number of distinct words. Their frequencies follow Zipf's law.",
    ),
    words_per_record: wholeNumber(1, 10_000).prefault(8).describe("Number of words in each record."),
    random_seed: wholeNumber(0, 2 ** 32 - 1).optional().describe(
      "The same seed gives the same stream. Empty: a different stream at each start.",
    ),
  }),
  ({ tasks = [], delta_min, delta_max, max_rate }, { report }) => {
    if (delta_min !== undefined && delta_max !== undefined && delta_min > delta_max) {
      report(["delta_min"], `is ${delta_min}, wanted no more than delta_max (${delta_max})`);
    }
    const names = new Set<string>();
    tasks.forEach((task, i) => {
      if (names.has(task.name)) {
        report(["tasks", i, "name"], `is "${task.name}" for a second task, wanted another name`);
      }
      names.add(task.name);
      if (max_rate !== undefined && task.rate > max_rate) {
        report(["tasks", i, "rate"], `is ${task.rate}, wanted no more than max_rate (${max_rate})`);
      }
    });
  },
);

const lines = z.strictObject({
  path: text("the path of a file, or -", { max: 4096 }).prefault("-").describe(
    "A file or a FIFO to follow; - is standard input. Each line is a record.",
  ),
});

export const source = together(
  z.strictObject({
    kafka: kafka.optional().describe("Kafka topics."),
    synthetic: synthetic.optional().describe("An embedded stream of random words: no Kafka is needed."),
    lines: lines.optional().describe("Lines of a file, a FIFO or standard input."),
  }),
  (_, { present, report, unknownKeys }) => {
    const given = SOURCE_KINDS.filter(present);
    const wanted = `exactly one of ${SOURCE_KINDS.join(", ")}`;
    if (given.length === 0 && !unknownKeys) report([], `has no source, wanted ${wanted}`);
    for (const kind of given.slice(1)) {
      report([kind], `cannot be combined with ${given[0]}, wanted ${wanted}`);
    }
  },
);
