// LaneHeads decodes the next records (the head) of each lane's queue, and measures how many of them the turn may take.
// A DecodeBudget bounds this work and the memory of decoded records.

import type { Lane } from "./lane.ts";
import { DecodeBudget } from "../records/decode_budget.ts";

/** In place of a run length: the next record waits for other partitions. */
export const WAITS = -1;

export class LaneHeads {
  readonly budget: DecodeBudget = new DecodeBudget();
  /** The lane at which the last turn had to stop: the next turn begins there. */
  #from = 0;

  /**
   * The lengths of the runs, up to `most` records, of lanes whose queues are filled; 0 where the budget is spent. Heads
   * that wait give their memory to those that lack it.
   */
  measure(lanes: readonly Lane[], most: number): number[] {
    const lengths = lanes.map(() => 0);
    this.budget.begin(lanes.reduce((sum, { queue }) => sum + queue.decodedBytes, 0));
    const from = this.#from;
    let isStopped = false;
    for (let n = 0; n < lanes.length; n++) {
      const index = (from + n) % lanes.length;
      const lane = lanes[index];
      // A head that has given its memory back is decoded again when it need not wait any more.
      if (lane.queue.releasedMs !== undefined && lane.mustWait) lengths[index] = WAITS;
      else if (lane.head(this.budget)) lengths[index] = lane.mustWait ? WAITS : lane.runLength(most);
      else if (lane.queue.hasMore && !isStopped) {
        isStopped = true;
        this.#from = index;
      }
    }
    if (this.budget.lacksRoom) {
      lanes.forEach(({ queue }, index) => {
        if (lengths[index] === WAITS) queue.release();
      });
    }
    return lengths;
  }
}
