// Runs groups of rtcount for hours on a broker that restarts, with members and clients that come and go and words that
// change. It fails if a window differs from a recount, or if heap after garbage collection, resident memory, descriptors
// or timers of a member grow.
//
//   [RTCOUNT_BIN=EXECUTABLE] deno task soak:life [--hours=1]
//
// The members run from source, because no garbage collection can be asked of an executable. With RTCOUNT_BIN they are
// executables, and resident memory and descriptors alone are judged.

import { parseArgs } from "node:util";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { type KafkaCluster, startKafka } from "../../tests/machine/kafka/broker.ts";
import { soakSeed } from "../../tests/soak/soak_length.ts";
import { KAFKA, requireAll } from "../needs.ts";
import { LifeGroup, TOP } from "./life_group.ts";
import { LifeStream, PARTITIONS, WINDOW } from "./life_stream.ts";
import { judge, type TimedSample } from "./verdict.ts";

const TOPIC = "life";
const HOUR_MS = 3_600_000;
const SAMPLES = 400;
const MIN_SAMPLE_PAUSE_MS = 5_000;
/** The broker runs for so long between two restarts. */
const BROKER_MS = { min: 60_000, max: 240_000 };
const BROKER_DOWN_MS = 2_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ args: Deno.args, options: { hours: { type: "string", default: "1" } } });
  const hours = Number(values.hours);
  if (!(hours > 0 && hours <= 1_000)) {
    throw new RangeError(`--hours has "${values.hours}", wanted a number above 0`);
  }
  await requireAll("deno task soak:life", KAFKA);
  const durationMs = hours * HOUR_MS;
  const seed = soakSeed("soak:life");
  const stateFolder = await Deno.makeTempDir({ prefix: "rtcount-life-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(stateFolder, { recursive: true }));
  const kafka = stack.use(await startKafka());
  await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
  const stream = stack.use(new LifeStream({ bootstrap: kafka.bootstrap, topic: TOPIC, durationMs, seed }));
  const groups: LifeGroup[] = [];
  for (const name of ["single", "merging"] as const) {
    const random = seededRandom(seed, groups.length);
    groups.push(stack.use(await openGroup(name, { kafka, stream, random, stateFolder })));
  }
  const ending = new AbortController();
  const { signal } = ending;
  const endMs = systemClock.monotonicMs() + durationMs;
  const series = new Map<string, TimedSample[]>(groups.map(({ name }) => [name, []]));
  let restarts = 0;
  const begun = Promise.all(groups.map((group) => group.begins()));
  const runs = [
    ...groups.flatMap((group) => [group.receiveVisitors(signal), group.reload(signal)]),
    restartBroker(kafka, {
      begun,
      stream,
      signal,
      random: seededRandom(seed, groups.length),
      onRestart: () => restarts++,
    }),
    measure(groups, { begun, series, endMs, durationMs, signal }).finally(() => ending.abort()),
  ];
  for (const run of runs) run.catch(() => ending.abort());
  await Promise.all(runs);
  for (const group of groups) await group.finish();
  const records = await stream.stop();
  console.log(`${hours} hours: ${records} records, ${restarts} restarts of the broker`);
  for (const group of groups) {
    const { name, windows, visits, audience } = group;
    console.log(
      `${name}: ${windows.compared} windows equal a recount, ${visits} visitors, ` +
        `${audience.requests} requests, ${audience.streams} of them streams`,
    );
    for (const { text, isGood } of judge(series.get(name) ?? [])) {
      console.log(`${name}: ${text}`);
      if (!isGood) Deno.exitCode = 1;
    }
  }
}

/** Without merging, a group takes snapshots. */
async function openGroup(
  name: "single" | "merging",
  { kafka, stream, random, stateFolder }: {
    kafka: KafkaCluster;
    stream: LifeStream;
    random: Random;
    stateFolder: string;
  },
): Promise<LifeGroup> {
  const windowsTopic = `${name}.windows`;
  await kafka.createTopic(windowsTopic);
  const isMerging = name === "merging";
  const { lengthMs, slideMs, latenessMs } = WINDOW;
  return new LifeGroup({
    name,
    isMerging,
    stream,
    random,
    settings: {
      source: { kafka: { brokers: [kafka.bootstrap], topics: [TOPIC], group: name, start: "earliest" } },
      window: { length: `${lengthMs}ms`, slide: `${slideMs}ms`, lateness: `${latenessMs}ms` },
      top: TOP,
      output: { kafka: { topic: windowsTopic } },
      merge: { enabled: isMerging },
    },
    ownSettings: isMerging ? {} : { state: { dir: stateFolder } },
  });
}

async function measure(
  groups: readonly LifeGroup[],
  { begun, series, endMs, durationMs, signal }: {
    begun: Promise<unknown>;
    series: ReadonlyMap<string, TimedSample[]>;
    endMs: number;
    durationMs: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const startMs = endMs - durationMs;
  const pauseMs = Math.max(MIN_SAMPLE_PAUSE_MS, durationMs / SAMPLES);
  await begun;
  while (systemClock.monotonicMs() < endMs && !signal.aborted) {
    await systemClock.sleep(pauseMs, signal);
    for (const group of groups) {
      const sample = await group.sample();
      group.compare();
      group.windows.forget();
      const atMs = systemClock.monotonicMs() - startMs;
      series.get(group.name)?.push({ atMs, closed: group.closed, sample });
      console.error(`${(atMs / 1_000).toFixed(0)} s, ${group.name}: ${JSON.stringify(sample)}`);
    }
  }
}

async function restartBroker(
  kafka: KafkaCluster,
  { begun, stream, signal, random, onRestart }: {
    begun: Promise<unknown>;
    stream: LifeStream;
    signal: AbortSignal;
    random: Random;
    onRestart: () => void;
  },
): Promise<void> {
  await begun;
  while (true) {
    await systemClock.sleep(randomInteger(random, BROKER_MS.min, BROKER_MS.max), signal);
    if (signal.aborted) return;
    await stream.pause();
    await kafka.shutDown(0);
    await systemClock.sleep(BROKER_DOWN_MS);
    await kafka.restart(0);
    stream.resume();
    onRestart();
  }
}

await main();
