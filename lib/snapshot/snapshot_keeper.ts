// When snapshots are taken: every interval in which something has changed, and at the end. They are written in the
// background; what fails is told, counted, and tried again with the next one, since counting needs none of them.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { Snapshot } from "./snapshot.ts";
import { SnapshotFileError } from "./snapshot_files.ts";

/** What is counted about snapshots. */
export interface SnapshotTally {
  /** At `nowMs`, by the wall clock. */
  snapshotSaved(nowMs: number, durationMs: number): void;
  snapshotFailed(): void;
}

export interface SnapshotKeeperOptions {
  readonly store: { save(snapshot: Snapshot): Promise<void> };
  readonly intervalMs: number;
  /** Grows with whatever a snapshot would show. */
  readonly changes: () => number;
  /** Undefined while there is nothing to be kept. */
  readonly take: () => Snapshot | undefined;
  readonly tally: SnapshotTally;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #outage: Outage;
  #lastMs: number;
  #savedChanges: number;
  #saving: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#outage = new Outage(options);
    this.#lastMs = options.clock.monotonicMs();
    this.#savedChanges = options.changes();
  }

  /** Begins to save where it is time to; to be called between turns. @throws what went wrong in an unforeseen way */
  saveIfDue(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { clock, intervalMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#saving !== undefined || nowMs < this.#lastMs + intervalMs) return;
    this.#lastMs = nowMs;
    this.#saving = this.#save()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => this.#saving = undefined);
  }

  /** Saves what has changed a last time. */
  async finish(): Promise<void> {
    await this.#saving;
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#save();
  }

  async #save(): Promise<void> {
    const { store, changes, take, tally, clock } = this.#options;
    const takenChanges = changes();
    if (takenChanges === this.#savedChanges) return;
    const begunMs = clock.monotonicMs();
    const snapshot = take();
    if (snapshot === undefined) return;
    try {
      await store.save(snapshot);
    } catch (error) {
      if (!(error instanceof SnapshotFileError)) throw error;
      tally.snapshotFailed();
      this.#outage.failed("snapshot", `the snapshot is not saved: ${error.message}`);
      return;
    }
    this.#savedChanges = takenChanges;
    tally.snapshotSaved(clock.nowMs(), clock.monotonicMs() - begunMs);
    this.#outage.works("snapshot");
  }
}
