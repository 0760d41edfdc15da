// TurnOffers chooses the lanes that a turn serves, and how many records each of them offers. The cost of a turn does not
// grow with the lanes that it does not serve.

import type { DecodeBudget } from "../records/decode_budget.ts";
import type { Demand, Governor } from "../rate/governor.ts";
import { fairShare } from "./fair_share.ts";
import type { Lane } from "./lane.ts";
import { type LaneHead, LaneHeads } from "./lane_heads.ts";
import type { RecordRules } from "./lane_parts.ts";

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
  readonly #heads: LaneHeads;
  /** Index of the lane that the next turn serves first. */
  #firstIndex = 0;

  constructor(governor: Pick<Governor, "replayGrant">, rules: Pick<RecordRules, "slideMs">) {
    this.#governor = governor;
    this.#heads = new LaneHeads(rules);
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
    const { heads, isPartial, next = lanes[1] } = this.#heads.measure(lanes, { records, atLeast });
    const share = isPartial
      ? atLeast
      : Math.max(atLeast, fairShare(records, heads.map((head) => head.records)));
    // Another lane is served first in each turn, so that no lane is always last.
    this.#firstIndex = next?.index ?? 0;
    return { offers: heads.map((head) => this.#offer(head, { share, nowMs })), isPartial };
  }

  /** The lanes are other ones now. */
  restart(): void {
    this.#firstIndex = 0;
    this.#heads.restart();
  }

  /** The turn was over before this lane was served. */
  stopAt(lane: Lane): void {
    this.#firstIndex = lane.index;
  }

  #inOrder(lanes: readonly Lane[]): readonly Lane[] {
    const from = lanes.findIndex(({ index }) => index >= this.#firstIndex);
    return from <= 0 ? lanes : [...lanes.slice(from), ...lanes.slice(0, from)];
  }

  #offer(
    { lane, records, waits }: LaneHead,
    { share, nowMs }: { readonly share: number; readonly nowMs: number },
  ): Offer {
    const { lag } = lane.queue;
    const most = Math.min(records, share);
    if (most === 0 || !lane.replaying) return { lane, available: most, lag, replay: false, waits };
    const available = this.#governor.replayGrant(nowMs, most);
    return { lane, available, lag, replay: true, waits };
  }
}
