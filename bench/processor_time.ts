// Processor time, by which measurements compare: other processes take wall time.

import { cpuUsage } from "node:process";

/** The processor time of this process so far. */
export function processorNs(): number {
  const { user, system } = cpuUsage();
  return (user + system) * 1_000;
}
