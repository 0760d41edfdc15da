// Runs rtcount as a process and times it while it reads a full topic.

import { systemClock } from "../lib/async/clock.ts";
import { RtcountDaemon } from "../tests/e2e/rtcount_process.ts";
import { readMemoryKib } from "../tests/machine/process_memory.ts";
import type { FullTopic } from "./full_topic.ts";

const POLL_MS = 50;
const BYTES_PER_KIB = 1024;

export interface RtcountRun {
  readonly records: number;
  readonly words: number;
  readonly recordsPerSecond: number;
  /** CPU time of all threads; a busy machine hardly changes it. */
  readonly recordsPerCpuSecond: number;
  /** The peak. */
  readonly residentBytes: number;
}

/** The time runs from the first scrape that shows records to the first that shows all. */
export async function runRtcount({ bootstrap, topic, records: expected }: FullTopic): Promise<RtcountRun> {
  const group = crypto.randomUUID();
  await using daemon = new RtcountDaemon({
    source: { kafka: { brokers: [bootstrap], topics: [topic], group, start: "earliest" } },
    rate: { backpressure: false },
    output: { console: false },
  });
  const name = `rtcount_records_total{topic="${topic}"}`;
  const cpuSeconds = () => daemon.metricAtLeast("process_cpu_seconds_total", 0);
  const recordsAtStart = await daemon.metricAtLeast(name, 1);
  const startMs = systemClock.monotonicMs();
  const startCpuSeconds = await cpuSeconds();
  let records = recordsAtStart;
  while (records < expected) {
    await systemClock.sleep(POLL_MS);
    records = await daemon.metric(name) ?? 0;
  }
  const elapsedMs = systemClock.monotonicMs() - startMs;
  const elapsedCpuSeconds = await cpuSeconds() - startCpuSeconds;
  const words = await daemon.metric("rtcount_words_total") ?? 0;
  const residentBytes = readMemoryKib(daemon.pid, "VmHWM") * BYTES_PER_KIB;
  daemon.kill("SIGTERM");
  if (await daemon.status !== 0) throw new Error(`the program failed:\n${daemon.stderr}`);
  const measured = records - recordsAtStart;
  return {
    records,
    words,
    recordsPerSecond: measured / (elapsedMs / 1_000),
    recordsPerCpuSecond: measured / elapsedCpuSeconds,
    residentBytes,
  };
}
