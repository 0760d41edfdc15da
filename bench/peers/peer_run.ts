// Runs one peer on one job, until it has printed the last window.

import { systemClock } from "../../lib/async/clock.ts";
import type { Job } from "./job.ts";
import { type OutputReader, type PeerEvent, readJsonLines } from "./output.ts";
import type { Command } from "./peer.ts";
import { usageOfTree } from "./process_tree.ts";

const SAMPLE_MS = 100;
const TIMEOUT_MS = 600_000;

export interface PeerRun {
  readonly recordsPerSecond: number;
  readonly wordsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakMegabytes: number;
  readonly firstResultSeconds: number;
}

type WindowEvent = Extract<PeerEvent, { kind: "window" }>;

/** The output of a peer so far. */
interface Progress {
  /** When its first record, its first window and its last one came, monotonic. */
  firstMs?: number;
  firstWindowMs?: number;
  doneMs?: number;
  readonly windows: Map<number, [string, number][]>;
}

/** Runs the peer. The time begins with its first record, so that the start of a virtual machine is not counted. */
export async function runPeer(
  command: Command,
  options: {
    readonly job: Job;
    readonly read?: OutputReader;
    /** With processing time all records must be in one window, which is compared. */
    readonly time?: "event" | "processing";
  },
): Promise<PeerRun> {
  const { job, read = readJsonLines(), time = "event" } = options;
  const startMs = systemClock.monotonicMs();
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    env: { TZ: "UTC", NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const progress: Progress = { windows: new Map() };
  const lastEndMs = Math.max(...job.windows.keys());
  const total = JSON.stringify(job.total);
  const isLast = ({ endMs, top }: WindowEvent) =>
    time === "event" ? endMs >= lastEndMs : JSON.stringify(top) === total;
  let said = "";
  let hasEnded = false;
  const reading = [
    eachLine(child.stdout, (line) => take(read(line), progress, isLast)),
    eachLine(child.stderr, (line) => {
      said = `${said}${line}\n`.slice(-4_000);
      // rtcount says with this field from where it reads.
      if (line.includes("replay_records=")) progress.firstMs ??= systemClock.monotonicMs();
    }),
  ];
  child.status.then(() => hasEnded = true);

  let peakBytes = 0;
  let cpuSeconds = 0;
  let idleCpuSeconds: number | undefined;
  while (progress.doneMs === undefined && !hasEnded) {
    if (systemClock.monotonicMs() > startMs + TIMEOUT_MS) {
      said += `\nit took longer than ${TIMEOUT_MS / 1_000} s`;
      break;
    }
    await systemClock.sleep(SAMPLE_MS);
    const usage = usageOfTree(child.pid);
    peakBytes = Math.max(peakBytes, usage.residentBytes);
    cpuSeconds = Math.max(cpuSeconds, usage.cpuSeconds);
    if (progress.firstMs !== undefined) idleCpuSeconds ??= usage.cpuSeconds;
  }
  if (!hasEnded) child.kill("SIGKILL");
  await child.status;
  await Promise.all(reading);

  const { firstMs, firstWindowMs, doneMs } = progress;
  if (firstMs === undefined && doneMs !== undefined) {
    throw new Error(`${command.join(" ")} has not said when it began to read:\n${said}`);
  }
  if (firstMs === undefined || firstWindowMs === undefined || doneMs === undefined) {
    throw new Error(`${command.join(" ")} has not printed all windows (${progress.windows.size}):\n${said}`);
  }
  if (time === "event") compare(progress.windows, job);
  const seconds = (doneMs - firstMs) / 1_000;
  return {
    recordsPerSecond: job.records / seconds,
    wordsPerSecond: job.words / seconds,
    megabytesPerSecond: job.bytes / 1e6 / seconds,
    cpuSecondsPerMillion: (cpuSeconds - (idleCpuSeconds ?? 0)) / (job.records / 1e6),
    peakMegabytes: peakBytes / 1e6,
    firstResultSeconds: (firstWindowMs - startMs) / 1_000,
  };
}

function take(
  event: PeerEvent | undefined,
  progress: Progress,
  isLast: (event: WindowEvent) => boolean,
): void {
  if (event === undefined) return;
  const nowMs = systemClock.monotonicMs();
  if (event.kind === "first") {
    progress.firstMs ??= nowMs;
    return;
  }
  progress.windows.set(event.endMs, event.top);
  progress.firstWindowMs ??= nowMs;
  if (isLast(event)) progress.doneMs ??= nowMs;
}

function compare(windows: Progress["windows"], job: Job): void {
  for (const [endMs, expected] of job.windows) {
    const got = JSON.stringify(windows.get(endMs));
    if (got !== JSON.stringify(expected)) {
      throw new Error(
        `the window that ends at ${endMs} is ${got}, but holds ${JSON.stringify(expected)}`,
      );
    }
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
}
