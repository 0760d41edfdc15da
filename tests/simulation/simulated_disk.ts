// The disk of one machine: it outlives processes, may be full, may be damaged, and forgets at a power cut what it was not
// told to keep.

import type { SnapshotFile, SnapshotFiles } from "../../lib/snapshot/snapshot_files.ts";
import { CrashingFiles } from "../fakes/crashing_files.ts";
import type { Process, Timeline } from "./timeline.ts";

const MAX_STEP_MS = 20;

/** What a power cut leaves of that which was on its way. */
export interface PowerCut {
  /** Names of files are those of the moment, not those last made durable. */
  readonly keepsNames: boolean;
  /** Which part of the bytes, 0 to 1. */
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

  /** Nothing can be written for so long. */
  fill(forMs: number): void {
    this.#fullUntilMs = this.#timeline.nowMs + forMs;
  }

  cutPower(cut: PowerCut): void {
    this.#files.cut(cut);
  }

  /** Alters one byte of what is in the file, at this share of its length; nothing where there is no such file. */
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

  /** Whoever dies meanwhile waits for ever. */
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
