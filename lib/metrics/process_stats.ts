// What the process knows of itself without any permission: /proc, where exporters usually look, is closed to a
// program that may not read all files.

import process from "node:process";
import type { Clock } from "../async/clock.ts";

/** What is not known on this platform is undefined. */
export interface ProcessStats {
  readonly residentMemoryBytes: number | undefined;
  /** User and system time of all threads since the start. */
  readonly cpuSeconds: number | undefined;
}

/** Reads the counters of the operating system; costs some microseconds. */
export function readProcessStats(): ProcessStats {
  const { user, system } = process.cpuUsage();
  const microseconds = user + system;
  const residentMemoryBytes = Deno.memoryUsage().rss;
  // A running process has used both: 0 is how a runtime says that it cannot tell.
  return {
    residentMemoryBytes: residentMemoryBytes > 0 ? residentMemoryBytes : undefined,
    cpuSeconds: microseconds > 0 ? microseconds / 1e6 : undefined,
  };
}

/**
 * When the process started, in seconds since the epoch. The monotonic clock of the system begins with the process.
 * To be asked once: a wall clock that is set later would move the answer.
 */
export function processStartSeconds(clock: Clock): number {
  return (clock.nowMs() - clock.monotonicMs()) / 1000;
}
