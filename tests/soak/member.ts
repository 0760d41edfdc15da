// A member of a group through all its processes: what each printed, and what each reported about the partitions of its
// windows.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";

const POLL_MS = 100;
const ASK_FOR = 1_000;

/** A window of `/api/v1/top`. */
export interface ShownWindow {
  readonly window_end: number;
  readonly records: number;
  readonly top: readonly (readonly [word: string, count: number])[];
  /** Partitions by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** The end of the newest committed window, by partition. */
export type CommittedEnds = ReadonlyMap<number, number>;

/** The process was stopped for longer than its session. */
export interface Wake {
  /** The number of blocks printed before. */
  readonly blocks: number;
  /** The windows that others had committed before. */
  readonly committed: CommittedEnds;
}

/** One process from its start to its end. */
export interface MemberRun {
  readonly daemon: RtcountDaemon;
  /** The windows that were seen, by their end; there may be more. */
  readonly shown: Map<number, ShownWindow>;
  readonly wakes: Wake[];
  /** Resolves when the process ends. */
  readonly watching: Promise<void>;
}

export class Member implements AsyncDisposable {
  readonly runs: MemberRun[] = [];
  readonly #settings: Readonly<Record<string, unknown>>;
  #running: MemberRun | undefined;
  #frozen: Promise<void> | undefined;

  constructor(settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
  }

  /** The running process. */
  get run(): MemberRun | undefined {
    return this.#running;
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  start(): void {
    const daemon = new RtcountDaemon(this.#settings);
    const shown = new Map<number, ShownWindow>();
    this.#running = { daemon, shown, wakes: [], watching: watch(daemon, shown) };
    this.runs.push(this.#running);
  }

  /** Sends SIGTERM and checks the exit status. */
  async stop(): Promise<void> {
    const { daemon, watching } = this.#take();
    // Before it answers, a signal would end it without its handler.
    await daemon.waitFor("/healthz", () => daemon.get("/healthz"));
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    await watching;
  }

  async kill(): Promise<void> {
    const { daemon, watching } = this.#take();
    daemon.kill("SIGKILL");
    assert.equal(await daemon.status, 128 + 9, daemon.stderr);
    await watching;
  }

  /** Sends SIGSTOP and later SIGCONT; `look` returns what is committed just before SIGCONT. */
  freeze(ms: number, look: () => Promise<CommittedEnds>): void {
    assert.ok(this.#running !== undefined && this.#frozen === undefined);
    this.#frozen = this.#freeze(this.#running, { ms, look }).finally(() => this.#frozen = undefined);
  }

  /** Waits until `freeze` is over. */
  async awake(): Promise<void> {
    await this.#frozen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#frozen]);
    if (this.#running === undefined) return;
    await this.#running.daemon[Symbol.asyncDispose]();
    await this.#running.watching;
  }

  #take(): MemberRun {
    const run = this.#running;
    assert.ok(run !== undefined && this.#frozen === undefined);
    this.#running = undefined;
    return run;
  }

  async #freeze(
    { daemon, wakes }: MemberRun,
    { ms, look }: { ms: number; look: () => Promise<CommittedEnds> },
  ): Promise<void> {
    daemon.kill("SIGSTOP");
    try {
      await systemClock.sleep(ms);
      wakes.push({ committed: await look(), blocks: printedBlocks(daemon.stdout).length });
    } finally {
      daemon.kill("SIGCONT");
    }
  }
}

async function watch(daemon: RtcountDaemon, shown: Map<number, ShownWindow>): Promise<void> {
  let hasEnded = false;
  daemon.status.finally(() => hasEnded = true);
  while (!hasEnded) {
    const page = await daemon.get(`/api/v1/top?k=${ASK_FOR}`);
    if (page?.status === 200) {
      const window: ShownWindow = JSON.parse(page.text);
      shown.set(window.window_end, window);
    }
    await systemClock.sleep(POLL_MS);
  }
}
