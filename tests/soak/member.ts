// A member of a group, as one after another of its processes shows it: what each printed, and what each said of the
// partitions that its windows cover.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";

const POLL_MS = 100;
const ASK_FOR = 1_000;

/** A window as `/api/v1/top` shows it. */
export interface ShownWindow {
  readonly window_end: number;
  readonly records: number;
  readonly top: readonly (readonly [word: string, count: number])[];
  /** By topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** The end of the newest window that is committed, by partition. */
export type CommittedEnds = ReadonlyMap<number, number>;

/** It was stopped for longer than its session. */
export interface Wake {
  /** How many blocks it had printed until then. */
  readonly blocks: number;
  /** The commits of the others until then. */
  readonly committed: CommittedEnds;
}

/** One process, from its start to its end. */
export interface MemberLife {
  readonly daemon: RtcountDaemon;
  /** Those that were seen, by their end: there may be more. */
  readonly shown: Map<number, ShownWindow>;
  readonly wakes: Wake[];
  /** Ends with the process. */
  readonly watching: Promise<void>;
}

export class Member implements AsyncDisposable {
  readonly lives: MemberLife[] = [];
  readonly #settings: Readonly<Record<string, unknown>>;
  #living: MemberLife | undefined;
  #frozen: Promise<void> | undefined;

  constructor(settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
  }

  /** The process that lives now. */
  get life(): MemberLife | undefined {
    return this.#living;
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  start(): void {
    const daemon = new RtcountDaemon(this.#settings);
    const shown = new Map<number, ShownWindow>();
    this.#living = { daemon, shown, wakes: [], watching: watch(daemon, shown) };
    this.lives.push(this.#living);
  }

  /** SIGTERM, and the end that belongs to it. */
  async stop(): Promise<void> {
    const { daemon, watching } = this.#take();
    // Before that a signal ends it as any process.
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

  /** SIGSTOP, and SIGCONT when it is over; `look` tells what is committed just before. */
  freeze(ms: number, look: () => Promise<CommittedEnds>): void {
    assert.ok(this.#living !== undefined && this.#frozen === undefined);
    this.#frozen = this.#freeze(this.#living, { ms, look }).finally(() => this.#frozen = undefined);
  }

  /** Waits for the end of `freeze`. */
  async awake(): Promise<void> {
    await this.#frozen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#frozen]);
    if (this.#living === undefined) return;
    await this.#living.daemon[Symbol.asyncDispose]();
    await this.#living.watching;
  }

  #take(): MemberLife {
    const life = this.#living;
    assert.ok(life !== undefined && this.#frozen === undefined);
    this.#living = undefined;
    return life;
  }

  async #freeze(
    { daemon, wakes }: MemberLife,
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
