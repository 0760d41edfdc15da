// Kills the daemon by SIGKILL repeatedly while records arrive. The next process continues the work of the last one, and
// every emitted window equals a recount.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { waitForTimeOf } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { withAdmin } from "../machine/kafka/admin.ts";
import type { KafkaCluster } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { sendEnd, sendStream, type StreamOptions } from "./dated_stream.ts";
import { checkRuns, type RunOutput, runUntilKilled, type Settings } from "./killed_runs.ts";
import { PaneCounts } from "./pane_counts.ts";
import { soakSettings, startSoakKafka } from "./soak_kafka.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const TOPIC = "killed";
const KILLS = soakLength({ short: 5, long: 100 });
const CHUNKS = soakLength({ short: 200, long: 2_000 });
const RECORDS_PER_CHUNK = soakLength({ short: 125, long: 250 });
const PARTITIONS = [0, 1, 2, 3];
const WINDOW = { lengthMs: 20_000, slideMs: 2_000, latenessMs: 6_000 };
const DISORDER_MS = 4_000;
/** Event time passes some ten times as fast as the records are sent. */
const STEP_MS = 3_000;
const VOCABULARY = 100;
/** More than the number of words, so the console shows every count. */
const TOP = 1_000;
/** The expected time of a process until it is known. */
const CYCLE_MS = 4_000;
const MAX_PAUSE_MS = 1_000;

/** Whether the processes have a state folder. */
type Snapshots = "never" | "always" | "at random";

const SNAPSHOTS = soakLength<readonly Snapshots[]>({
  short: ["never", "at random"],
  long: ["never", "always", "at random"],
});
const RESTORED = "counting continues from the snapshot";

const ignore = await missingForKafka() !== undefined;
for (const snapshots of SNAPSHOTS) {
  Deno.test({
    name:
      `rtcount run emits every window, and each right, however often it is killed; snapshots: ${snapshots}`,
    ignore,
    async fn() {
      await using kafka = await startSoakKafka();
      await killAgainAndAgain(kafka, snapshots);
    },
  });
}

async function killAgainAndAgain(kafka: KafkaCluster, snapshots: Snapshots): Promise<void> {
  const seed = soakSeed(`kill_test, snapshots ${snapshots}`);
  await kafka.createTopic(TOPIC, { partitions: PARTITIONS.length });
  const counts = new PaneCounts(WINDOW);
  const pace = new Pace();
  const stream = streamOptions({ kafka, seed, counts, untilDue: (chunk) => pace.untilDue(chunk) });
  const sending = sendStream(stream);
  // Without records there is no window; the error is thrown where this promise is awaited.
  sending.catch(() => pace.kills = KILLS);
  const state = await Deno.makeTempDir({ prefix: "rtcount-state-" });
  try {
    const withState = { dir: state, interval: "1s" };
    const random = seededRandom(seed, PARTITIONS.length);
    const settings = soakSettings(kafka, { topic: TOPIC, window: WINDOW, top: TOP });
    const runs: RunOutput[] = [];
    while (pace.kills < KILLS) {
      const hasState = snapshots === "always" || (snapshots === "at random" && random() < 0.5);
      const ofRun = hasState ? { ...settings, state: withState } : settings;
      runs.push(await runUntilKilled(ofRun, { partitions: PARTITIONS.length, random }));
      pace.kills++;
    }
    const records = await sending;
    assert.equal(await countRecords(kafka), records);
    const { ends } = counts;
    await sendEnd(ends[ends.length - 1], stream);
    const expected = ends.map((endMs) => counts.block(endMs, { partitions: PARTITIONS, top: TOP }));
    runs.push(await runToTheEnd(settings, expected));
    checkRuns(runs, expected);
    const restored = runs.filter(({ stderr }) => stderr.includes(RESTORED)).length;
    console.log(`${restored} processes continued from a snapshot`);
    assert.ok(snapshots === "never" ? restored === 0 : snapshots === "at random" || restored > 0);
  } finally {
    pace.kills = KILLS;
    await Promise.allSettled([sending]);
    await Deno.remove(state, { recursive: true });
  }
}

function streamOptions(
  { kafka, seed, counts, untilDue }: Pick<StreamOptions, "seed" | "counts" | "untilDue"> & {
    kafka: KafkaCluster;
  },
): StreamOptions {
  return {
    bootstrap: kafka.bootstrap,
    topic: TOPIC,
    partitions: PARTITIONS.length,
    recordsPerChunk: RECORDS_PER_CHUNK,
    // Not ahead of any clock, however long the test takes.
    startMs: Date.now() - CHUNKS * STEP_MS - WINDOW.lengthMs - WINDOW.latenessMs - 60_000,
    stepMs: STEP_MS,
    disorderMs: DISORDER_MS,
    latenessMs: WINDOW.latenessMs,
    seed,
    words: (partition, random) => [`p${partition}`, `w${Math.floor(VOCABULARY * random() ** 2)}`, "every"],
    counts,
    untilDue,
  };
}

/** Spreads the chunks over the processes as far as their duration can be predicted; after the last kill the rest follows. */
class Pace {
  kills = 0;
  readonly #startedMs = performance.now();

  async untilDue(chunk: number): Promise<boolean> {
    if (chunk >= CHUNKS) return false;
    const cycleMs = this.kills === 0 ? CYCLE_MS : (performance.now() - this.#startedMs) / this.kills;
    await systemClock.sleep(Math.min(MAX_PAUSE_MS, cycleMs * (KILLS - this.kills) / (CHUNKS - chunk)));
    return true;
  }
}

async function runToTheEnd(settings: Settings, expected: readonly string[]): Promise<RunOutput> {
  await using daemon = new RtcountDaemon(settings);
  await waitForTimeOf(expected[expected.length - 1], daemon);
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
  return daemon;
}

async function countRecords({ bootstrap }: KafkaCluster): Promise<number> {
  const ends = await withAdmin(bootstrap, (admin) => admin.fetchTopicOffsets(TOPIC));
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}
