// A real Apache Kafka on free ports in a temporary folder: KRaft, each node broker and controller in one process.

import { join } from "node:path";
import { systemClock } from "../../../lib/async/clock.ts";
import { cachedFolder } from "../cached_folder.ts";
import { freePorts } from "../free_ports.ts";
import { readState } from "../process_state.ts";
import { fetchKafka, KAFKA_VERSION } from "./distribution.ts";
import { withAdmin } from "./admin.ts";
import { createTopic, type TopicOptions } from "./topic.ts";

const CLASS_ARCHIVE = "classes.jsa";
const CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg";
const START_TIMEOUT_MS = 180_000;
/** Without anybody to hand over to a broker would take five minutes to end. */
const SHUT_DOWN_TIMEOUT_MS = 15_000;
const RETRY_MS = 50;
const PAUSE_POLL_MS = 5;

export interface KafkaOptions {
  /** How many; 1 unless said otherwise. They are named by index, from 0. */
  readonly brokers?: 1 | 3;
  /** Beside or in place of those that every broker gets. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly version?: string;
  /**
   * Gives each broker a second address. Called with it once the port is chosen, before the broker listens there; returns
   * the address to advertise to clients of the second address.
   */
  readonly advertise?: (address: string) => string;
  /** More addresses of each broker, by name in capitals. */
  readonly listeners?: Readonly<Record<string, Listener>>;
  /** System properties of the broker's Java. */
  readonly javaProperties?: Readonly<Record<string, string>>;
  /** Users that log in by SCRAM, with their passwords. */
  readonly scramUsers?: Readonly<Record<string, string>>;
}

export interface Listener {
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Named without `listener.name.NAME.`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A running cluster. `await using` stops it at the end of its block. */
export interface KafkaCluster extends AsyncDisposable {
  /** `127.0.0.1:PORT` of all brokers, separated by commas. */
  readonly bootstrap: string;
  /** The same, one for each broker. */
  readonly addresses: readonly string[];
  /** The first broker's further listeners, `127.0.0.1:PORT` by name. */
  readonly listeners: ReadonlyMap<string, string>;
  /** Where each node's controller listens, `127.0.0.1:PORT`. */
  readonly controllers: readonly string[];
  /** Each broker's data; `TOPIC-PARTITION/` in it holds the segments. */
  readonly dataFolders: readonly string[];
  createTopic(topic: string, options?: TopicOptions): Promise<void>;
  /**
   * Ends one broker as an administrator would: it hands over what it leads, where there is somebody to take it.
   * @param timeoutMs how long it may take before it is killed
   */
  shutDown(broker: number, timeoutMs?: number): Promise<void>;
  /** Ends one broker as a power cut would. */
  kill(broker: number): Promise<void>;
  /** SIGSTOP: it hangs with its connections open. Resolves when it does: on a busy machine it works on for a moment. */
  pause(broker: number): Promise<void>;
  /** SIGCONT. */
  resume(broker: number): void;
  /** Starts those that have ended again, with their data and at their addresses; waits until they serve. */
  restart(...brokers: number[]): Promise<void>;
  /** Ends all and removes their data. Needed once; again is harmless. */
  stop(): Promise<void>;
  /** The same at once, for where nothing can be waited for. */
  stopSync(): void;
}

interface Node {
  readonly address: string;
  readonly listeners: ReadonlyMap<string, string>;
  readonly controller: string;
  readonly dataFolder: string;
  readonly propertiesFile: string;
  readonly logFile: string;
  process: Deno.ChildProcess | undefined;
}

/** Starts a cluster and waits until all its brokers serve. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const folder = await classArchive(options.version ?? KAFKA_VERSION);
  return await startCluster(options, `-XX:SharedArchiveFile=${join(folder, CLASS_ARCHIVE)}`);
}

/**
 * The folder with what Java made of Kafka's classes, which takes half of the processor time of a start. A Java that cannot
 * use it, such as a later version, starts without.
 */
function classArchive(version: string): Promise<string> {
  return cachedFolder(`kafka-${version}-classes`, async (folder) => {
    const archiving = `-XX:ArchiveClassesAtExit=${join(folder, CLASS_ARCHIVE)}`;
    await using kafka = await startCluster({ version }, archiving);
    // Java ends with a fatal error where it finds half an archive.
    await kafka.shutDown(0, START_TIMEOUT_MS);
  });
}

async function startCluster(options: KafkaOptions, classSharing: string): Promise<KafkaCluster> {
  const {
    brokers = 1,
    properties = {},
    version = KAFKA_VERSION,
    advertise,
    listeners = {},
    scramUsers = {},
    javaProperties = {},
  } = options;
  const launch = (node: Node) => launchNode(node, { classPath, classSharing, javaProperties });
  const classPath = join(await fetchKafka(version), "*");
  const folder = await Deno.makeTempDir({ prefix: "rtcount-kafka-" });
  const nodes = await layOut({ brokers, properties, folder, advertise, listeners });
  const addresses = nodes.map((node) => node.address);
  const cluster: KafkaCluster = {
    bootstrap: addresses.join(","),
    addresses,
    listeners: nodes[0].listeners,
    controllers: nodes.map((node) => node.controller),
    dataFolders: nodes.map((node) => node.dataFolder),
    createTopic: (topic, options) => createTopic({ bootstrap: cluster.bootstrap, topic }, options),
    async shutDown(broker, timeoutMs = SHUT_DOWN_TIMEOUT_MS) {
      nodes[broker].process?.kill("SIGTERM");
      const timer = setTimeout(() => nodes[broker].process?.kill("SIGKILL"), timeoutMs);
      await ended(nodes[broker]);
      clearTimeout(timer);
    },
    async kill(broker) {
      nodes[broker].process?.kill("SIGKILL");
      await ended(nodes[broker]);
    },
    async pause(broker) {
      const { process } = nodes[broker];
      if (process === undefined) return;
      process.kill("SIGSTOP");
      while (Deno.build.os === "linux" && readState(process.pid) !== "T") {
        await systemClock.sleep(PAUSE_POLL_MS);
      }
    },
    resume: (broker) => nodes[broker].process?.kill("SIGCONT"),
    async restart(...stopped) {
      for (const broker of stopped) launch(nodes[broker]);
      for (const broker of stopped) await waitUntilServing(nodes[broker], brokers);
    },
    async stop() {
      await Promise.all(nodes.map((_, broker) => cluster.kill(broker)));
      await Deno.remove(folder, { recursive: true }).catch(ignoreNotFound);
    },
    stopSync() {
      for (const node of nodes) node.process?.kill("SIGKILL");
      Deno.removeSync(folder, { recursive: true });
    },
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
  try {
    await Promise.all(nodes.map((node) => format(node, { classPath, classSharing, scramUsers })));
    for (const node of nodes) launch(node);
    for (const node of nodes) await waitUntilServing(node, brokers);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

async function layOut(
  options: Required<Pick<KafkaOptions, "properties" | "listeners">> & Pick<KafkaOptions, "advertise"> & {
    brokers: number;
    folder: string;
  },
): Promise<Node[]> {
  const { brokers, properties, folder, advertise, listeners } = options;
  const names = Object.keys(listeners);
  const ports = freePorts(brokers * (3 + names.length));
  const voters = Array.from({ length: brokers }, (_, i) => `${i + 1}@127.0.0.1:${ports[brokers + i]}`).join(
    ",",
  );
  const nodes: Node[] = [];
  for (let i = 0; i < brokers; i++) {
    const address = `127.0.0.1:${ports[i]}`;
    const controller = `127.0.0.1:${ports[brokers + i]}`;
    const node: Node = {
      address,
      listeners: new Map(names.map((name, n) => [name, `127.0.0.1:${ports[(3 + n) * brokers + i]}`])),
      controller,
      dataFolder: join(folder, `data-${i}`),
      propertiesFile: join(folder, `broker-${i}.properties`),
      logFile: join(folder, `broker-${i}.log`),
      process: undefined,
    };
    const all = {
      ...commonProperties(brokers),
      "node.id": String(i + 1),
      "controller.quorum.voters": voters,
      ...addressProperties(node, {
        controller,
        second: `127.0.0.1:${ports[2 * brokers + i]}`,
        advertise,
        listeners,
      }),
      "log.dirs": node.dataFolder,
      ...properties,
    };
    const text = Object.entries(all).map(([name, value]) => `${name}=${value}\n`).join("");
    await Deno.writeTextFile(node.propertiesFile, text);
    nodes.push(node);
  }
  return nodes;
}

function addressProperties(
  node: Node,
  { controller, second, advertise, listeners }: Required<Pick<KafkaOptions, "listeners">> & {
    controller: string;
    second: string;
    advertise: KafkaOptions["advertise"];
  },
): Record<string, string> {
  const own = new Map([["PLAINTEXT", node.address], ...node.listeners]);
  const told = new Map(own);
  const protocols = new Map([["PLAINTEXT", "PLAINTEXT"], ["CONTROLLER", "PLAINTEXT"]]);
  for (const [name, { protocol }] of Object.entries(listeners)) protocols.set(name, protocol);
  if (advertise !== undefined) {
    own.set("SECOND", second);
    told.set("SECOND", advertise(second));
    protocols.set("SECOND", "PLAINTEXT");
  }
  const further = Object.entries(listeners).flatMap(([listener, { properties = {} }]) =>
    Object.entries(properties).map((
      [name, value],
    ) => [`listener.name.${listener.toLowerCase()}.${name}`, value])
  );
  return {
    "listeners": [...own, ["CONTROLLER", controller]].map(([name, at]) => `${name}://${at}`).join(","),
    "advertised.listeners": [...told].map(([name, at]) => `${name}://${at}`).join(","),
    "listener.security.protocol.map": [...protocols].map((pair) => pair.join(":")).join(","),
    "inter.broker.listener.name": "PLAINTEXT",
    ...Object.fromEntries(further),
  };
}

function commonProperties(brokers: number): Record<string, string> {
  return {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    // Records carry whatever timestamps a test gives them: neither age nor a far future is a reason to lose them.
    "log.retention.ms": "-1",
    "log.message.timestamp.after.max.ms": "9223372036854775807",
    "message.max.bytes": String(64 * 1024 * 1024),
    "replica.fetch.max.bytes": String(64 * 1024 * 1024),
    // Small and quick: one group coordinator, no waiting for members that do not come, a dead broker soon missed.
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": String(brokers),
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": String(brokers),
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": String(4 * 1024 * 1024),
    "num.network.threads": "2",
    "num.io.threads": "4",
  };
}

async function format(
  node: Node,
  { classPath, classSharing, scramUsers }: Required<Pick<KafkaOptions, "scramUsers">> & {
    classPath: string;
    classSharing: string;
  },
): Promise<void> {
  const users = Object.entries(scramUsers).flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`,
    ])
  );
  const tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", node.propertiesFile, ...users];
  const { success, stderr } = await new Deno.Command("java", {
    args: ["-XX:TieredStopAtLevel=1", classSharing, "-cp", classPath, ...tool],
    stdout: "null",
  }).output();
  if (!success) throw new Error(`cannot format ${node.dataFolder}: ${new TextDecoder().decode(stderr)}`);
}

function launchNode(
  node: Node,
  { classPath, classSharing, javaProperties }: Required<Pick<KafkaOptions, "javaProperties">> & {
    classPath: string;
    classSharing: string;
  },
): void {
  // The shell is there for the log file alone; by `exec` the process id is Java's.
  node.process = new Deno.Command("sh", {
    args: [
      "-c",
      `log=$1; shift; exec "$@" >>"$log" 2>&1`,
      "sh",
      node.logFile,
      "java",
      "-Xmx512m",
      "-XX:TieredStopAtLevel=1",
      classSharing,
      "-Dorg.slf4j.simpleLogger.showDateTime=true",
      ...Object.entries(javaProperties).map(([name, value]) => `-D${name}=${value}`),
      "-cp",
      classPath,
      "kafka.Kafka",
      node.propertiesFile,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function ended(node: Node): Promise<void> {
  await node.process?.status;
  node.process = undefined;
}

/** Waits until that broker knows of all `brokers`. */
async function waitUntilServing(node: Node, brokers: number): Promise<void> {
  let ended = false;
  node.process?.status.then(() => ended = true);
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!await serves(node.address, brokers)) {
    if (ended || Date.now() > deadlineMs) {
      const log = await Deno.readTextFile(node.logFile);
      throw new Error(`Kafka ${ended ? "ended" : "does not serve"} at ${node.address}:\n${log.slice(-4000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function serves(address: string, brokers: number): Promise<boolean> {
  try {
    return await withAdmin(
      address,
      async (admin) => (await admin.describeCluster()).brokers.length >= brokers,
    );
  } catch {
    return false; // whatever it is, it is not serving yet: the caller looks again, and gives up with its log
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
