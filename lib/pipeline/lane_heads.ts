// LaneHeads decodes the next records (the head) of each lane's queue, and measures how many of them the turn may take.
// A DecodeBudget bounds this work and the memory of decoded records.

import type { Lane } from "./lane.ts";
import type { RecordRules } from "./lane_parts.ts";
import { DecodeBudget } from "../records/decode_budget.ts";

/**
 * A part of a batch has the records that a lane takes in some turns. With very many lanes, whole batches would not stay
 * in the caches until they are taken.
 */
const TURNS_PER_PART = 4;
const MIN_PART_RECORDS = 128;
/** Very many lanes advance together by this many panes: as many as have dense counts. */
const PANES_TO_FRONT = 4;
/**
 * The front stands still for so many rounds, in which each lane may take its records. Then all lanes are served for one
 * round: records that are late, or need no order, are always before the front.
 */
const ROUNDS_AT_FRONT = 2;
/** Before it is only a record that needs no order. */
const FIRST_FRONT_MS = -Number.MAX_VALUE;

/** A lane that a turn may serve. */
export interface LaneHead {
  readonly lane: Lane;
  /** How many of its next records the turn may take; 0 where the decoding has to wait for the next turn. */
  readonly records: number;
  /** Its next record waits for other partitions. */
  readonly waits: boolean;
}

export interface LaneHeadsOfTurn {
  readonly heads: readonly LaneHead[];
  /** Further lanes have records, too. */
  readonly isPartial: boolean;
  /** The lane that the next turn serves first; undefined where this one serves all. */
  readonly next: Lane | undefined;
}

export class LaneHeads {
  readonly budget: DecodeBudget = new DecodeBudget();
  readonly #slideMs: number;
  /** Very many lanes take records up to this event time before any takes later ones. */
  #frontMs = FIRST_FRONT_MS;
  /** Records of the turns since the front has moved, or since all lanes were served. */
  #recordsAtFront = 0;

  constructor({ slideMs }: Pick<RecordRules, "slideMs">) {
    this.#slideMs = slideMs;
  }

  /**
   * The heads of the first lanes: as many lanes as have `records` together, where at most `atLeast` of each count. Lanes
   * whose next record is beyond the front are left out while others have enough: a record is counted faster in a pane that
   * was used just before. Heads that wait give their memory to those that lack it.
   */
  measure(
    lanes: readonly Lane[],
    { records, atLeast }: { readonly records: number; readonly atLeast: number },
  ): LaneHeadsOfTurn {
    const partRecords = Math.max(MIN_PART_RECORDS, Math.ceil(TURNS_PER_PART * records / lanes.length));
    this.budget.begin(() => lanes.reduce((sum, { queue }) => sum + queue.decodedBytes, 0), partRecords);
    const measured = lanes.length * atLeast <= records
      ? this.#upTo(Infinity, { lanes, records, atLeast })
      : this.#upToFront({ lanes, records, atLeast });
    if (this.budget.lacksRoom) {
      for (const { lane, waits } of measured.heads) {
        if (waits) lane.queue.release();
      }
    }
    return measured;
  }

  /** The lanes are other ones now. */
  restart(): void {
    this.#frontMs = FIRST_FRONT_MS;
  }

  /** Moves the front on where the lanes have too few records before it. */
  #upToFront(limits: TurnLimits): LaneHeadsOfTurn {
    const rounds = this.#recordsAtFront / (limits.lanes.length * limits.atLeast);
    if (rounds >= ROUNDS_AT_FRONT + 1) this.#recordsAtFront = 0;
    this.#recordsAtFront += limits.records;
    if (rounds >= ROUNDS_AT_FRONT && rounds < ROUNDS_AT_FRONT + 1) return this.#upTo(Infinity, limits);
    for (let panes = PANES_TO_FRONT;; panes *= 2) {
      const measured = this.#upTo(this.#frontMs, limits);
      if (measured.isFull || measured.beyondMs === Infinity) return measured;
      this.#frontMs = (Math.floor(measured.beyondMs / this.#slideMs) + panes) * this.#slideMs;
      this.#recordsAtFront = 0;
    }
  }

  #upTo(frontMs: number, { lanes, records, atLeast }: TurnLimits): HeadsBeforeFront {
    const heads: LaneHead[] = [];
    let found = 0;
    let undecoded: Lane | undefined;
    let beyond: Lane | undefined;
    let beyondMs = Infinity;
    for (const lane of lanes) {
      if (found >= records) return { heads, isPartial: true, next: lane, isFull: true, beyondMs };
      const head = this.#headOf(lane, { most: records, frontMs });
      if (head === undefined) {
        beyond ??= lane;
        beyondMs = Math.min(beyondMs, lane.orderMs);
        continue;
      }
      heads.push(head);
      found += Math.min(atLeast, head.records);
      if (head.records === 0 && !head.waits) undecoded ??= lane;
    }
    const isPartial = beyond !== undefined;
    return { heads, isPartial, next: undecoded ?? beyond, isFull: found >= records, beyondMs };
  }

  /** Undefined beyond the front. */
  #headOf(
    lane: Lane,
    { most, frontMs }: { readonly most: number; readonly frontMs: number },
  ): LaneHead | undefined {
    // A head that has given its memory back is decoded again when it need not wait any more.
    if (lane.queue.releasedMs !== undefined && lane.mustWait) return { lane, records: 0, waits: true };
    if (!lane.head(this.budget)) return { lane, records: 0, waits: false };
    if (lane.mustWait) return { lane, records: 0, waits: true };
    if (lane.orderMs >= frontMs) return undefined;
    return { lane, records: lane.runLength(most, frontMs), waits: false };
  }
}

interface HeadsBeforeFront extends LaneHeadsOfTurn {
  /** They have enough records for the turn. */
  readonly isFull: boolean;
  /** The smallest event time of a next record beyond the front; Infinity for none. */
  readonly beyondMs: number;
}

interface TurnLimits {
  readonly lanes: readonly Lane[];
  readonly records: number;
  readonly atLeast: number;
}
