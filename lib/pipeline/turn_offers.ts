// TurnOffers chooses the lanes that a turn serves, and how many records each of them offers. The cost of a turn does not
// grow with the lanes that it does not serve.

import type { DecodeBudget } from "../records/decode_budget.ts";
import type { Demand, Governor } from "../rate/governor.ts";
import { fairShare } from "./fair_share.ts";
import type { Lane } from "./lane.ts";
import { LaneHeads, WAITS } from "./lane_heads.ts";

/** A lane takes at least this many records of a turn that has them; with very many lanes a turn serves some of them. */
const MIN_RECORDS_PER_LANE = 64;

/** The records that one lane has for one turn. */
export interface Offer extends Demand {
  readonly lane: Lane;
  readonly replay: boolean;
  /** Its next record waits for other partitions. */
  readonly waits: boolean;
}

export interface OffersOfTurn {
  /** In the order in which the lanes are served. */
  readonly offers: readonly Offer[];
  /** Further lanes have records, too. */
  readonly isPartial: boolean;
}

export class TurnOffers {
  readonly #governor: Pick<Governor, "replayGrant">;
  readonly #heads = new LaneHeads();
  /** Index of the lane that the next turn serves first. */
  #firstIndex = 0;

  constructor(governor: Pick<Governor, "replayGrant">) {
    this.#governor = governor;
  }

  /** The bytes that the last turn has decoded. */
  get budget(): DecodeBudget {
    return this.#heads.budget;
  }

  /** The offers of the lanes with filled queues, for a turn of this many records. */
  make(
    all: readonly Lane[],
    { records, nowMs }: { readonly records: number; readonly nowMs: number },
  ): OffersOfTurn {
    const lanes = this.#inOrder(all.filter(({ queue }) => queue.hasMore));
    const atLeast = Math.min(MIN_RECORDS_PER_LANE, records);
    const runLengths = this.#heads.measure(lanes, { records, atLeast });
    const isPartial = runLengths.length < lanes.length;
    const share = isPartial ? atLeast : Math.max(atLeast, fairShare(records, runLengths));
    this.#continueAfter(lanes, runLengths);
    const offers = runLengths.map((runLength, n) => this.#offer(lanes[n], { runLength, share, nowMs }));
    return { offers, isPartial };
  }

  /** The turn was over before this lane was served. */
  stopAt(lane: Lane): void {
    this.#firstIndex = lane.index;
  }

  #inOrder(lanes: readonly Lane[]): readonly Lane[] {
    const from = lanes.findIndex(({ index }) => index >= this.#firstIndex);
    return from <= 0 ? lanes : [...lanes.slice(from), ...lanes.slice(0, from)];
  }

  /** Another lane is served first in each turn, so that no lane is always last. */
  #continueAfter(lanes: readonly Lane[], runLengths: readonly number[]): void {
    const unserved = runLengths.length < lanes.length ? runLengths.length : runLengths.indexOf(0);
    this.#firstIndex = lanes[unserved < 0 ? 1 : unserved]?.index ?? 0;
  }

  #offer(
    lane: Lane,
    { runLength, share, nowMs }: {
      readonly runLength: number;
      readonly share: number;
      readonly nowMs: number;
    },
  ): Offer {
    const { lag } = lane.queue;
    const waits = runLength === WAITS;
    const records = waits ? 0 : Math.min(runLength, share);
    if (records === 0 || !lane.replaying) return { lane, available: records, lag, replay: false, waits };
    const available = this.#governor.replayGrant(nowMs, records);
    return { lane, available, lag, replay: true, waits };
  }
}
