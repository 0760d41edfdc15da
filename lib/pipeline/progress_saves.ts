// ProgressSaves decides when the pipeline saves its progress: some time after a change, and at once where the source hands
// partitions over. One save runs at a time.

import type { Progress, Source } from "../source/source.ts";

/** The shortest time between two saves, unless a rebalance waits for one. */
const SAVE_INTERVAL_MS = 1_000;

export interface ProgressSavesOptions {
  readonly source: Pick<Source, "isHandingOver" | "save">;
  /** Undefined while nothing is assigned. */
  readonly progress: () => Progress | undefined;
  /** Waits until what the progress claims is delivered; false where it must not be saved. */
  readonly settled: () => Promise<boolean>;
}

export class ProgressSaves {
  readonly #options: ProgressSavesOptions;
  #changes = 0;
  /** The changes that the last save had; -1 where it has failed. */
  #savedChanges = 0;
  #savedAtMs = -Infinity;
  #saving: Promise<void> | undefined;
  #handover: "none" | "prepared" | "saved" = "none";

  constructor(options: ProgressSavesOptions) {
    this.#options = options;
  }

  /** A number that grows with every change. */
  get changes(): number {
    return this.#changes;
  }

  changed(times: number): void {
    this.#changes += times;
  }

  /** True once in each handover: everything counted has to be closed or reported before the next save. */
  prepareHandover(): boolean {
    const isHandingOver = this.#options.source.isHandingOver === true;
    const isFirst = isHandingOver && this.#handover === "none";
    if (isFirst) this.#handover = "prepared";
    if (!isHandingOver) this.#handover = "none";
    return isFirst;
  }

  saveIfDue(nowMs: number): void {
    if (this.#saving !== undefined) return;
    const isHandover = this.#handover === "prepared";
    const isDue = this.#changes !== this.#savedChanges && nowMs >= this.#savedAtMs + SAVE_INTERVAL_MS;
    if (!isHandover && !isDue) return;
    if (isHandover) this.#handover = "saved";
    this.#savedAtMs = nowMs;
    this.#saving = this.#save(isHandover).finally(() => this.#saving = undefined);
  }

  /** Saves the progress a last time. */
  async finish(): Promise<void> {
    await this.#saving;
    if (this.#changes !== this.#savedChanges) await this.#save(false);
  }

  async #save(isHandover: boolean): Promise<void> {
    const { source, progress, settled } = this.#options;
    const made = progress();
    if (made === undefined) return;
    const changes = this.#changes;
    const isSaved = await settled() && await source.save({ ...made, isHandover });
    // A save for a rebalance may fail without a change to save: the source tells that it fails until one works.
    this.#savedChanges = isSaved ? changes : -1;
  }
}
