// A member of a group that is measured from its start to its end: heap after garbage collection, resident memory, open
// descriptors and timers. Its windows are compared with a recount as they are printed.

import { systemClock } from "../../lib/async/clock.ts";
import { printedBlocks } from "../../tests/e2e/console_blocks.ts";
import { compiled, RtcountDaemon } from "../../tests/e2e/rtcount_process.ts";
import { readMemoryKib } from "../../tests/machine/process_memory.ts";

const PROBED_MAIN = new URL("probed_main.ts", import.meta.url).pathname;
const PROBE_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 60_000;

export interface LifeSample {
  readonly residentBytes: number;
  readonly descriptors: number;
  /** Undefined for an executable: no garbage collection can be asked of it. */
  readonly heapBytes: number | undefined;
  /** The part of it that is compiled code. */
  readonly codeBytes: number | undefined;
  readonly timers: number | undefined;
}

/** A printed window. */
export interface PrintedWindow {
  readonly endMs: number;
  /** The partitions of its words. */
  readonly partitions: readonly number[];
  readonly block: string;
}

export class WatchedMember implements AsyncDisposable {
  readonly name: string;
  readonly daemon: RtcountDaemon;
  #readBytes = 0;
  #probes = 0;

  constructor(
    name: string,
    { settings, isProbed }: { settings: Readonly<Record<string, unknown>>; isProbed: boolean },
  ) {
    this.name = name;
    const probed = { entry: PROBED_MAIN, env: { DENO_V8_FLAGS: "--expose-gc" } };
    this.daemon = new RtcountDaemon(settings, compiled || !isProbed ? {} : probed);
  }

  /** The windows that were printed since the last call. */
  takeWindows(): PrintedWindow[] {
    const blocks = printedBlocks(this.daemon.stdout.slice(this.#readBytes));
    return blocks.map((block) => {
      this.#readBytes += block.length;
      const partitions = new Set(
        [...block.matchAll(/^\('(\d+)-/gm)].map(([, partition]) => Number(partition)),
      );
      return {
        endMs: Date.parse(`${/^Time: (.*)$/m.exec(block)?.[1]}Z`),
        partitions: [...partitions].sort((a, b) => a - b),
        block,
      };
    });
  }

  /** Collects garbage first. */
  async sample(): Promise<LifeSample> {
    const probe = compiled ? undefined : await this.#probe();
    return {
      residentBytes: readMemoryKib(this.daemon.pid, "VmRSS") * 1_024,
      descriptors: [...Deno.readDirSync(`/proc/${this.daemon.pid}/fd`)].length,
      heapBytes: probe?.heapBytes,
      codeBytes: probe?.codeBytes,
      timers: probe?.timers,
    };
  }

  async #probe(): Promise<{ heapBytes: number; codeBytes: number; timers: number }> {
    this.daemon.kill("SIGUSR2");
    this.#probes++;
    const deadlineMs = systemClock.monotonicMs() + PROBE_TIMEOUT_MS;
    while (systemClock.monotonicMs() < deadlineMs) {
      const lines = this.daemon.stderr.split("\n").slice(0, -1).filter((line) =>
        line.startsWith('{"probe":')
      );
      if (lines.length >= this.#probes) return JSON.parse(lines[lines.length - 1]).probe;
      await systemClock.sleep(PROBE_POLL_MS);
    }
    throw new Error(`${this.name} has not answered a probe:\n${this.daemon.stderr.slice(-4_000)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }
}
