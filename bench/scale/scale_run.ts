// Runs a group on a full topic, each member held to the same share of a core, and then on a live stream for the delay of
// its windows.

import { systemClock } from "../../lib/async/clock.ts";
import { RtcountDaemon } from "../../tests/e2e/rtcount_process.ts";
import type { KafkaCluster } from "../../tests/machine/kafka/broker.ts";
import { fillTopic } from "../../tests/machine/kafka/fill_topic.ts";
import { produce } from "../../tests/machine/kafka/producer.ts";
import { readCpuSeconds } from "../../tests/machine/process_cpu.ts";
import { type Corpus, textOf } from "../corpus.ts";
import { CpuShare } from "./cpu_share.ts";
import { LiveStream } from "./live_stream.ts";
import { WindowDelays } from "./window_delays.ts";

export const PARTITIONS = 16;
const SLIDE_MS = 2_000;
const LENGTH_MS = 60_000;
const RECORDS_PER_BATCH = 1_000;
/** The members are stopped while the topic is filled; their session outlasts it. */
const SESSION_S = 600;
/** Rare: an answer takes time of the member's share. */
const POLL_MS = 100;
/** A full topic is counted in less time. */
const MOST_MS = 600_000;
/** For each member, before it is measured. */
const WARM_UP_RECORDS = 300_000;
/** So long that panes leave the window, too. */
const WARM_UP_MS = 2 * LENGTH_MS;
/** While no record comes, the watermark advances with time. It does not reach the measured records before they come. */
const GAP_MS = 3_600_000;
/** The first record of the live stream closes the windows of all the time behind the full topic, and so does not count. */
const SETTLING_MS = 3 * SLIDE_MS;

export interface ScaleJob {
  readonly corpus: Corpus;
  readonly records: number;
  readonly recordsPerPane: number;
  readonly share: number;
  /** How long the live stream lasts; 0 leaves it out. */
  readonly liveMs: number;
}

export interface ScaleRun {
  readonly members: number;
  readonly recordsPerSecond: number;
  /** The sum of all members. */
  readonly cpuSecondsPerMillion: number;
  readonly wordsPerReport: number;
  /** Bytes of the reports about the full topic, before compression. */
  readonly logBytes: number;
  /** From the end of each window of the live stream until a client has it. */
  readonly delaysMs: readonly number[];
}

export async function runGroup(
  kafka: KafkaCluster,
  { members, isMerging, job }: { members: number; isMerging: boolean; job: ScaleJob },
): Promise<ScaleRun> {
  const topic = `scale-${crypto.randomUUID()}`;
  await kafka.createTopic(topic, { partitions: PARTITIONS });
  await using stack = new AsyncDisposableStack();
  const shares = Array.from(
    { length: members },
    (_, n) => stack.use(CpuShare.create(`${topic}-${n}`, job.share)),
  );
  const daemons = shares.map(() => stack.use(new RtcountDaemon(settings(kafka, { topic, isMerging }))));
  await assigned(daemons);
  const spanMs = job.records / job.recordsPerPane * SLIDE_MS;
  const beginMs = systemClock.nowMs() - spanMs - 2 * LENGTH_MS;
  // Otherwise the time in which the runtime compiles the program would be a part of the result, once for each member.
  const warmUp = {
    topic,
    corpus: job.corpus,
    records: members * WARM_UP_RECORDS,
    beginMs: beginMs - GAP_MS - WARM_UP_MS,
    spanMs: WARM_UP_MS,
  };
  for (const daemon of daemons) daemon.kill("SIGSTOP");
  await fill(kafka, warmUp);
  for (const daemon of daemons) daemon.kill("SIGCONT");
  await closed(daemons, warmUp);
  const reportedBefore = await total(daemons, "rtcount_merge_report_words_total");
  const bytesBefore = await total(daemons, "rtcount_merge_report_bytes_total");
  daemons.forEach(({ pid }, n) => shares[n].hold(pid));

  for (const daemon of daemons) daemon.kill("SIGSTOP");
  const measured = { topic, corpus: job.corpus, records: job.records, beginMs, spanMs };
  const records = await fill(kafka, measured);
  const cpuBefore = sum(daemons.map(({ pid }) => readCpuSeconds(pid)));
  const startMs = systemClock.monotonicMs();
  for (const daemon of daemons) daemon.kill("SIGCONT");
  await closed(daemons, measured);
  const seconds = (systemClock.monotonicMs() - startMs) / 1_000;
  const cpuSeconds = sum(daemons.map(({ pid }) => readCpuSeconds(pid))) - cpuBefore;
  const reportedWords = await total(daemons, "rtcount_merge_report_words_total") - reportedBefore;
  const logBytes = await total(daemons, "rtcount_merge_report_bytes_total") - bytesBefore;
  const dropped = await total(daemons, 'rtcount_late_records_total{outcome="dropped"}');
  if (dropped > 0) throw new Error(`${dropped} records were late and are in no window`);

  const delaysMs: number[] = [];
  if (isMerging && job.liveMs > 0) {
    await using delays = await WindowDelays.observe(daemons[0].url);
    await using stream = await LiveStream.start(kafka.bootstrap, {
      topic,
      partitions: PARTITIONS,
      corpus: job.corpus,
    });
    await systemClock.sleep(SETTLING_MS + job.liveMs);
    await stream.stop();
    delaysMs.push(...delays.since(stream.startedMs + SETTLING_MS));
  }
  return {
    members,
    recordsPerSecond: records / seconds,
    cpuSecondsPerMillion: cpuSeconds / (records / 1e6),
    wordsPerReport: reportedWords / members / (records / job.recordsPerPane),
    logBytes,
    delaysMs,
  };
}

function settings(
  { bootstrap }: KafkaCluster,
  { topic, isMerging }: { topic: string; isMerging: boolean },
): Record<string, unknown> {
  return {
    source: {
      kafka: {
        brokers: [bootstrap],
        topics: [topic],
        group: topic,
        start: "earliest",
        session_timeout: `${SESSION_S}s`,
      },
    },
    window: {
      length: `${LENGTH_MS}ms`,
      slide: `${SLIDE_MS}ms`,
      lateness: "0s",
      // While the members are stopped, no partition is idle.
      idle: "1d",
      max_words: 1_000_000,
    },
    rate: { backpressure: false },
    merge: { enabled: isMerging },
    output: { console: false },
  };
}

/** Waits until all partitions are shared by all members. */
async function assigned(daemons: readonly RtcountDaemon[]): Promise<void> {
  for (const daemon of daemons) {
    await daemon.waitFor(
      `the share of one of ${daemons.length} members`,
      async () => {
        return Math.abs(
          await daemon.metricAtLeast("rtcount_assigned_partitions", 1) - PARTITIONS / daemons.length,
        ) < 1;
      },
    );
  }
}

interface Filling {
  readonly topic: string;
  readonly corpus: Corpus;
  /** An estimate. */
  readonly records: number;
  readonly beginMs: number;
  readonly spanMs: number;
}

/**
 * All partitions get records over the same event time, and one that closes all their windows. Returns the number of
 * records.
 */
async function fill({ bootstrap }: KafkaCluster, filling: Filling): Promise<number> {
  const { topic, corpus, records, beginMs, spanMs } = filling;
  const batchesPerPartition = Math.ceil(records / PARTITIONS / RECORDS_PER_BATCH);
  const variants = Math.floor(corpus.records / RECORDS_PER_BATCH);
  await fillTopic({
    bootstrap,
    topic,
    partitions: PARTITIONS,
    batchesPerPartition,
    recordsPerBatch: RECORDS_PER_BATCH,
    variants,
    // At one time the partitions have different records: otherwise the members' panes would have the same words.
    shift: Math.floor(variants / PARTITIONS),
    value: (i) => textOf(corpus, i),
    startMs: beginMs,
    stepMs: spanMs / batchesPerPartition,
    isSpread: true,
  });
  const closing = { timestampMs: lastEndMs(filling) + SLIDE_MS, value: "closing" };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await produce([closing], { bootstrap, topic, partition });
  }
  return batchesPerPartition * RECORDS_PER_BATCH * PARTITIONS;
}

/** The end of the last pane. */
function lastEndMs({ beginMs, spanMs }: Filling): number {
  return Math.ceil((beginMs + spanMs) / SLIDE_MS) * SLIDE_MS;
}

/** Waits until each member shows the window that has the last records. */
async function closed(daemons: readonly RtcountDaemon[], filling: Filling): Promise<void> {
  const endMs = lastEndMs(filling);
  const deadlineMs = systemClock.monotonicMs() + MOST_MS;
  for (const daemon of daemons) {
    while (await shownEndMs(daemon) < endMs) {
      if (systemClock.monotonicMs() > deadlineMs) throw new Error(`a window is open:\n${daemon.stderr}`);
      await systemClock.sleep(POLL_MS);
    }
  }
}

async function shownEndMs(daemon: RtcountDaemon): Promise<number> {
  const page = await daemon.get("/api/v1/status");
  return page === undefined ? -Infinity : JSON.parse(page.text).window_end ?? -Infinity;
}

/** The sum of a metric over all members. */
async function total(daemons: readonly RtcountDaemon[], name: string): Promise<number> {
  return sum(await Promise.all(daemons.map(async (daemon) => await daemon.metric(name) ?? 0)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
