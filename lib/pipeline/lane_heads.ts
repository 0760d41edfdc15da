// LaneHeads decodes the next records (the head) of each lane's queue, and measures how many of them the turn may take.
// A DecodeBudget bounds this work and the memory of decoded records.

import type { Lane } from "./lane.ts";
import { DecodeBudget } from "../records/decode_budget.ts";

/** In place of a run length: the next record waits for other partitions. */
export const WAITS = -1;

/**
 * A part of a batch has the records that a lane takes in some turns. With very many lanes, whole batches would not stay
 * in the caches until they are taken.
 */
const TURNS_PER_PART = 4;
const MIN_PART_RECORDS = 128;

export class LaneHeads {
  readonly budget: DecodeBudget = new DecodeBudget();

  /**
   * The lengths of the runs, up to `records`, of the first lanes: as many lanes as have that many records together, where
   * `atLeast` of each count. 0 where the budget is spent. Heads that wait give their memory to those that lack it.
   */
  measure(
    lanes: readonly Lane[],
    { records, atLeast }: { readonly records: number; readonly atLeast: number },
  ): number[] {
    const lengths: number[] = [];
    const partRecords = Math.max(MIN_PART_RECORDS, Math.ceil(TURNS_PER_PART * records / lanes.length));
    this.budget.begin(lanes.reduce((sum, { queue }) => sum + queue.decodedBytes, 0), partRecords);
    let found = 0;
    for (let n = 0; n < lanes.length && found < records; n++) {
      const length = this.#lengthOf(lanes[n], records);
      lengths.push(length);
      found += Math.min(atLeast, Math.max(0, length));
    }
    if (this.budget.lacksRoom) {
      lengths.forEach((length, n) => {
        if (length === WAITS) lanes[n].queue.release();
      });
    }
    return lengths;
  }

  #lengthOf(lane: Lane, most: number): number {
    // A head that has given its memory back is decoded again when it need not wait any more.
    if (lane.queue.releasedMs !== undefined && lane.mustWait) return WAITS;
    if (!lane.head(this.budget)) return 0;
    return lane.mustWait ? WAITS : lane.runLength(most);
  }
}
