// Memory and CPU time of this process, read without any permission. Exporters usually read /proc, which Deno opens only
// to a program that may read all files.

import process from "node:process";
import type { Clock } from "../async/clock.ts";

/** A value is undefined where the platform does not tell it. */
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
  // A running process has used both, so a runtime that returns 0 does not know the value.
  return {
    residentMemoryBytes: residentMemoryBytes > 0 ? residentMemoryBytes : undefined,
    cpuSeconds: microseconds > 0 ? microseconds / 1e6 : undefined,
  };
}

/**
 * The time when the process started, in seconds since the epoch. The system's monotonic clock begins with the process.
 * Call it once: a wall clock that is set later would change the result.
 */
export function processStartSeconds(clock: Clock): number {
  return (clock.nowMs() - clock.monotonicMs()) / 1000;
}
