// The programs that are compared: how each is built and started, and how many records it gets. All read the same topic,
// except those that would take an hour. Each prints the top words of every closed window.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rtcountCommand } from "../../tests/e2e/rtcount_process.ts";
import { freePorts } from "../../tests/machine/free_ports.ts";
import { C_PEER, JAVA_PEER, type Need, PYTHON_PEER } from "../needs.ts";
import { LENGTH_MS, SLIDE_MS, TOP } from "../recount.ts";
import { type OutputReader, readConsoleBlocks } from "./output.ts";
import type { Job } from "./job.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CACHE = join(
  Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache"),
  "rtcount",
  "peers",
);

/** The jars that Spark needs for Kafka and does not bring itself. */
const SPARK_KAFKA_JARS = [
  "spark-sql-kafka-0-10_2.12",
  "spark-streaming-kafka-0-10_2.12",
  "spark-token-provider-kafka-0-10_2.12",
  "kafka-clients",
  "commons-pool2",
];

/** For records of up to 100 bytes; larger records are fewer, with the same total size. */
const RECORDS = 4_000_000;

/** A program and its arguments. */
export type Command = readonly string[];

export interface Peer {
  readonly name: string;
  /** Counted as `RECORDS` is. */
  readonly records: number;
  /** Partitions of its topic; 4 unless given. */
  readonly partitions?: number;
  /** The time of its windows; event time unless given. */
  readonly time?: "event" | "processing";
  /** The parser of its standard output; JSON lines unless given. */
  readonly output?: () => OutputReader;
  /** The machine must have these beside a broker. */
  readonly needs?: readonly Need[];
  /** Builds it, once, and returns how to start it. */
  prepare(): Promise<(job: Job) => Command>;
}

const streams = (shape: "sliding" | "panes", records: number): Peer => ({
  name: `Kafka Streams ${shape}`,
  records,
  partitions: shape === "sliding" ? 1 : undefined,
  needs: JAVA_PEER,
  async prepare() {
    const java = await buildJava("kafka_streams", "kafka-streams-peer-1.jar");
    return ({ bootstrap, topic, partitions }) => [...java, bootstrap, topic, String(partitions), shape];
  },
});

const flink = (shape: "sliding" | "panes" | "sql", records: number): Peer => ({
  name: `Flink ${shape}`,
  records,
  needs: JAVA_PEER,
  async prepare() {
    const java = await buildJava("flink", "flink-peer-1.jar");
    return ({ bootstrap, topic }) => [...java, bootstrap, topic, shape];
  },
});

/** Builds a peer and fetches its jars; returns the beginning of the command that starts it. */
async function buildJava(folder: string, jar: string): Promise<Command> {
  const target = join(CACHE, folder);
  await run("mvn", [
    ...["--quiet", "--batch-mode", `--file=${join(HERE, folder, "pom.xml")}`],
    ...["package", "dependency:copy-dependencies"],
    ...[`-Dbuild.folder=${target}`, `-DoutputDirectory=${join(target, "lib")}`],
  ]);
  const classPath = [join(target, jar), join(target, "lib", "*")].join(":");
  return ["java", "-Xmx6g", "-XX:+UseParallelGC", "-cp", classPath, "peers.WordCounts"];
}

const spark = (shape: "sliding" | "panes", records: number): Peer => ({
  name: `Spark Structured Streaming ${shape}`,
  records,
  needs: [...JAVA_PEER, ...PYTHON_PEER],
  async prepare() {
    const { python, jars } = await prepareSpark();
    const script = join(HERE, "spark", "structured_streaming.py");
    return ({ bootstrap, topic, records }) => {
      return [python, script, jars.join(","), bootstrap, topic, String(records), shape];
    };
  },
});

/** Spark and the jars that it needs for Kafka; the last one holds the DStreams job. */
async function prepareSpark(): Promise<{ python: string; jars: readonly string[] }> {
  const python = await makeVirtualEnvironment("spark");
  const folder = join(CACHE, "spark-jars");
  const buildFolder = join(CACHE, "spark-build");
  await run("mvn", [
    ...["--quiet", "--batch-mode", `--file=${join(HERE, "spark", "pom.xml")}`],
    ...["package", "dependency:copy-dependencies", `-Dbuild.folder=${buildFolder}`],
    ...[`-DoutputDirectory=${folder}`, `-DincludeArtifactIds=${SPARK_KAFKA_JARS.join(",")}`],
  ]);
  const jars = [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name));
  return { python, jars: [...jars, join(buildFolder, "spark-peer-1.jar")] };
}

export const PEERS: readonly Peer[] = [
  {
    name: "rtcount",
    records: RECORDS,
    output: readConsoleBlocks,
    prepare: () => Promise.resolve(rtcount),
  },
  {
    name: "C librdkafka",
    records: RECORDS,
    needs: C_PEER,
    async prepare() {
      await Deno.mkdir(CACHE, { recursive: true });
      const program = join(CACHE, "word_counts");
      await run("gcc", [
        ...["-O3", "-march=native", "-Wall", "-Wextra", "-o", program],
        ...[join(HERE, "c", "word_counts.c"), "-lrdkafka"],
      ]);
      return ({ bootstrap, topic, partitions }) => [program, bootstrap, topic, String(partitions)];
    },
  },
  {
    name: "kafkajs",
    records: RECORDS,
    prepare() {
      const script = join(HERE, "kafkajs", "word_counts.ts");
      return Promise.resolve(({ bootstrap, topic, partitions }) => {
        return [
          Deno.execPath(),
          "run",
          "--quiet",
          "--allow-all",
          script,
          bootstrap,
          topic,
          String(partitions),
        ];
      });
    },
  },
  {
    name: "Python confluent-kafka",
    records: RECORDS,
    needs: PYTHON_PEER,
    async prepare() {
      const python = await makeVirtualEnvironment("python");
      const script = join(HERE, "python", "word_counts.py");
      return ({ bootstrap, topic, partitions }) => [python, script, bootstrap, topic, String(partitions)];
    },
  },
  streams("panes", RECORDS),
  streams("sliding", 5_000),
  flink("panes", RECORDS),
  flink("sql", 400_000),
  flink("sliding", 400_000),
  spark("panes", 100_000),
  spark("sliding", 20_000),
  {
    name: "Spark Streaming DStreams",
    records: 100_000,
    time: "processing",
    needs: [...JAVA_PEER, ...PYTHON_PEER],
    async prepare() {
      const { python, jars } = await prepareSpark();
      const settings = ["--master", "local[2]", "--driver-memory", "6g", "--jars", jars.join(",")];
      // Spark looks for the Python that it is installed in.
      const path = `PATH=${dirname(python)}:${Deno.env.get("PATH")}`;
      const submit = ["env", path, "spark-submit", ...settings, "--class", "peers.DStreamsWordCounts"];
      return ({ bootstrap, topic }) => [...submit, jars[jars.length - 1], bootstrap, topic];
    },
  },
];

function rtcount({ bootstrap, topic }: Job): Command {
  const [port] = freePorts(1);
  const configFile = Deno.makeTempFileSync({ prefix: "rtcount-", suffix: ".yaml" });
  // JSON is YAML.
  const config = {
    source: {
      kafka: {
        brokers: [bootstrap],
        topics: [topic],
        group: `peer-${crypto.randomUUID()}`,
        start: "earliest",
      },
    },
    window: { length: `${LENGTH_MS}ms`, slide: `${SLIDE_MS}ms`, max_words: 1_000_000 },
    top: TOP,
    rate: { backpressure: false },
    http: { listen: `127.0.0.1:${port}` },
  };
  Deno.writeTextFileSync(configFile, JSON.stringify(config));
  return rtcountCommand(["run", "--config", configFile]);
}

/** Installs `FOLDER/requirements.txt` into a virtual environment; returns its interpreter. */
async function makeVirtualEnvironment(folder: string): Promise<string> {
  const environment = join(CACHE, folder);
  const python = join(environment, "bin", "python3");
  await run("python3", ["-m", "venv", environment]);
  await run(python, ["-m", "pip", "install", "--quiet", "-r", join(HERE, folder, "requirements.txt")]);
  return python;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (success) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`${program} ${args.join(" ")} failed:\n${said}`);
}
