const TICKS_PER_SECOND = 100;

/** The share of a core that a process takes while `pass` lasts; Linux only. */
export async function cpuShareDuring(pid: number, pass: () => Promise<unknown>): Promise<number> {
  const beforeSeconds = readCpuSeconds(pid);
  const beforeMs = performance.now();
  await pass();
  return (readCpuSeconds(pid) - beforeSeconds) / ((performance.now() - beforeMs) / 1_000);
}

/** User and system time so far, of all threads. */
export function readCpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Milliseconds for which the main thread has waited for a core since its start. */
export function coreDelayMs(pid: number): number {
  return waitedMs(String(pid));
}

/** Milliseconds of a clock that stands while the calling thread waits for a core: what passes on an idle machine. */
export function idleMachineMs(): number {
  if (Deno.build.os !== "linux") return performance.now();
  return performance.now() - waitedMs("thread-self");
}

function waitedMs(process: string): number {
  const [, waitedNs] = Deno.readTextFileSync(`/proc/${process}/schedstat`).split(" ");
  return Number(waitedNs) / 1e6;
}
