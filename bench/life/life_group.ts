// A group with one member that runs from the start to the end and is measured, and a visitor that joins and leaves or is
// killed. Clients of the first one come and go, and it reloads its configuration.

import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger } from "../../lib/source/synthetic/random.ts";
import { Audience } from "./audience.ts";
import { GroupWindows } from "./group_windows.ts";
import { type LifeStream, PARTITIONS, WINDOW } from "./life_stream.ts";
import { type LifeSample, WatchedMember } from "./watched_member.ts";

export const TOP = 20;
/** The visitor stays, or is away, for so long. */
const VISIT_MS = { min: 5_000, max: 40_000 };
const RELOAD_MS = 30_000;
const POLL_MS = 500;
/** On the slowest machine a window closes within this, with a restart of the broker before it. */
const WAIT_MS = 900_000;
/** The last windows close while the stream goes on. */
const LAST_WINDOWS = 5;

export interface LifeGroupOptions {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Settings of the measured member alone. */
  readonly ownSettings?: Readonly<Record<string, unknown>>;
  readonly isMerging: boolean;
  readonly stream: LifeStream;
  readonly random: Random;
}

export class LifeGroup implements AsyncDisposable {
  readonly name: string;
  readonly windows: GroupWindows;
  readonly audience: Audience;
  visits = 0;
  /** The number of windows that the measured member has printed. */
  closed = 0;
  readonly #options: LifeGroupOptions;
  readonly #steady: WatchedMember;
  #visitor: WatchedMember | undefined;

  constructor(options: LifeGroupOptions) {
    const { name, settings, ownSettings = {}, isMerging, stream, random } = options;
    this.name = name;
    this.#options = options;
    this.windows = new GroupWindows({
      ...{ lengthMs: WINDOW.lengthMs, slideMs: WINDOW.slideMs, partitions: PARTITIONS, top: TOP },
      counts: stream.counts,
      isWhole: isMerging,
    });
    this.#steady = new WatchedMember(`${name}, steady`, {
      settings: { ...settings, ...ownSettings },
      isProbed: true,
    });
    this.audience = new Audience(this.#steady.daemon.url, random);
  }

  /** Waits for the first window. */
  async begins(): Promise<void> {
    await this.#closesMore(this.#steady);
  }

  /** Compares what was printed since the last call. */
  compare(): void {
    for (const member of [this.#steady, this.#visitor]) {
      if (member === undefined) continue;
      const windows = member.takeWindows();
      if (member === this.#steady) this.closed += windows.length;
      this.windows.take(member.name, windows);
    }
  }

  async sample(): Promise<LifeSample> {
    return await this.#steady.sample();
  }

  /** Runs visits until the signal. */
  async receiveVisitors(signal: AbortSignal): Promise<void> {
    const { settings, random } = this.#options;
    const pause = () => systemClock.sleep(randomInteger(random, VISIT_MS.min, VISIT_MS.max), signal);
    await this.begins();
    while (!signal.aborted) {
      await using visitor = new WatchedMember(`${this.name}, visitor ${this.visits}`, {
        settings,
        isProbed: false,
      });
      this.#visitor = visitor;
      await this.#closesMore(visitor);
      await pause();
      visitor.daemon.kill(this.visits++ % 2 === 0 ? "SIGTERM" : "SIGKILL");
      await visitor.daemon.status;
      this.compare();
      this.#visitor = undefined;
      await pause();
    }
  }

  async reload(signal: AbortSignal): Promise<void> {
    await this.begins();
    while (!signal.aborted) {
      await systemClock.sleep(RELOAD_MS, signal);
      this.#steady.daemon.kill("SIGHUP");
    }
  }

  /** Without a visitor: waits until the measured member has printed more than any other has. */
  async finish(): Promise<void> {
    await this.#closesMore(this.#steady, this.windows.newestEndMs() + LAST_WINDOWS * WINDOW.slideMs);
  }

  /** Waits for a window of that member that ends after `endMs`. */
  async #closesMore({ name, daemon }: WatchedMember, endMs = -Infinity): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + WAIT_MS;
    let status: number | undefined;
    void daemon.status.then((code) => status = code);
    while (this.windows.newestEndMs(name) <= endMs) {
      if (status !== undefined || systemClock.monotonicMs() > deadlineMs) {
        const why = status === undefined
          ? `nothing for ${WAIT_MS / 1_000} s`
          : `it ended with status ${status}`;
        throw new Error(
          `waited for a window of ${name} after ${endMs}: ${why}; it said:\n${daemon.stderr.slice(-4_000)}`,
        );
      }
      await systemClock.sleep(POLL_MS);
      this.compare();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.audience[Symbol.asyncDispose]();
    await this.#steady[Symbol.asyncDispose]();
  }
}
