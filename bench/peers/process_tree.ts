// CPU time and memory of a process and its descendants, from /proc.

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

interface Stat {
  readonly parent: number;
  readonly usage: Usage;
}

/** Sums over the running processes; a child that has ended is part of its parent's times. */
export function usageOfTree(root: number): Usage {
  const stats = new Map<number, Stat>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  let cpuSeconds = 0;
  let residentBytes = 0;
  for (const [pid, { usage }] of stats) {
    if (!descends(pid, root, stats)) continue;
    cpuSeconds += usage.cpuSeconds;
    residentBytes += usage.residentBytes;
  }
  return { cpuSeconds, residentBytes };
}

function descends(pid: number, root: number, stats: ReadonlyMap<number, Stat>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = stats.get(at)?.parent) {
    if (at === root) return true;
  }
  return false;
}

/** proc(5): after the name in parentheses come state, parent and the rest. */
function readStat(pid: string): Stat | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    // The process has ended meanwhile.
    if (error instanceof Deno.errors.NotFound || isNoSuchProcess(error)) return undefined;
    throw error;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  const ticks = fields[11] + fields[12] + fields[13] + fields[14];
  return {
    parent: fields[1],
    usage: { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: fields[21] * PAGE_BYTES },
  };
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && /\(os error 3\)/.test(error.message);
}
