// The disk of one machine: it outlives processes and may be full or damaged. A power cut loses everything that was not
// synced.

import type { SnapshotFile, SnapshotFiles } from "../../lib/snapshot/snapshot_files.ts";
import { CrashingFiles } from "../fakes/crashing_files.ts";
import type { Process, Timeline } from "./timeline.ts";

const MAX_STEP_MS = 20;

/** The state of unsynced data after a power cut. */
export interface PowerCut {
  /** Whether renames survive without a sync of the folder. */
  readonly keepsNames: boolean;
  /** The share of the unsynced bytes that survives, 0 to 1. */
  readonly kept: number;
}

export class SimulatedDisk {
  readonly #timeline: Timeline;
  readonly #files = new CrashingFiles();
  readonly #random: () => number;
  #fullUntilMs = -Infinity;

  constructor(timeline: Timeline, random: () => number) {
    this.#timeline = timeline;
    this.#random = random;
  }

  /** Writes fail for this long. */
  fill(forMs: number): void {
    this.#fullUntilMs = this.#timeline.nowMs + forMs;
  }

  cutPower(cut: PowerCut): void {
    this.#files.cut(cut);
  }

  /** Changes one byte of the file, at this share of its length; does nothing if there is no such file. */
  async damage(path: string, share: number): Promise<void> {
    this.#files.stepsLeft = Infinity;
    const bytes = await this.#files.read(path);
    if (bytes === undefined || bytes.length === 0) return;
    const damaged = bytes.slice();
    damaged[Math.floor(share * bytes.length) % bytes.length] ^= 0xff;
    this.#files.put(path, damaged);
  }

  /**
   * The disk as a process sees it.
   *
   * @param onStep called before and after each step; the process may die there
   */
  filesFor(process: Process, onStep: (step: string, moment: "before" | "answered") => void): SnapshotFiles {
    const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      onStep(name, "before");
      await this.#wait(process);
      const isWriting = name !== "read";
      this.#files.failure = isWriting && this.#timeline.nowMs < this.#fullUntilMs
        ? "no space left"
        : undefined;
      this.#files.stepsLeft = this.#files.failure === undefined ? Infinity : 0;
      const result = await run();
      onStep(name, "answered");
      return process.isDead ? await NEVER : result;
    };
    const files = this.#files;
    return {
      read: (path) => step("read", () => files.read(path)),
      create: (path) => step("create", async () => fileFor(await files.create(path), step)),
      rename: (from, to) => step("rename", () => files.rename(from, to)),
      syncFolder: () => step("syncFolder", () => files.syncFolder()),
      remove: (path) => step("remove", () => files.remove(path)),
    };
  }

  /** Stays pending if the process dies meanwhile. */
  #wait(process: Process): Promise<void> {
    const untilMs = this.#timeline.nowMs + 1 + this.#random() * MAX_STEP_MS;
    return new Promise((resolve) => this.#timeline.at(untilMs, process, resolve));
  }
}

const NEVER = new Promise<never>(() => {});

function fileFor(
  file: SnapshotFile,
  step: <T>(name: string, run: () => Promise<T>) => Promise<T>,
): SnapshotFile {
  return {
    write: (bytes) => step("write", () => file.write(bytes)),
    sync: () => step("sync", () => file.sync()),
    close: () => file.close(),
  };
}
