// Saves snapshots in the background: once per interval if something has changed, and at the end. A failure is logged and
// counted, and the next interval tries again; counting needs no snapshot.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { Snapshot } from "./snapshot.ts";
import { SnapshotFileError } from "./snapshot_files.ts";

export interface SnapshotTally {
  /** `nowMs` is wall-clock time. */
  snapshotSaved(nowMs: number, durationMs: number): void;
  snapshotFailed(): void;
}

export interface SnapshotKeeperOptions {
  readonly store: { save(snapshot: Snapshot): Promise<void> };
  readonly intervalMs: number;
  /** A number that grows with every change that a snapshot would contain. */
  readonly changes: () => number;
  /** Undefined while there is nothing to save. */
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

  /**
   * Starts to save if a snapshot is due. Call it between turns of the pipeline.
   *
   * @throws the unexpected error of an earlier save
   */
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

  /** Saves the last changes. */
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
