// GroupEpochs knows the epochs of a group whose members merge their counts: each assignment gets a higher one.

import { ErrorCode, KafkaError } from "../connection/kafka_error.ts";

/** The shortest time between two joins of which the epochs are the reason. */
const MIN_REJOIN_MS = 10_000;

/** The pane log has an epoch that no assignment of the coordinator has: the reports of all members are outdated by it. */
export class ForeignEpochError extends KafkaError {
  constructor(epoch: number) {
    super(ErrorCode.illegalGeneration, `report under the epoch ${epoch}`);
    this.message =
      `the pane log has a report of a newer assignment than epoch ${epoch}, which the coordinator does ` +
      "not know: joining again for a higher one; check which programs may write to the pane log";
  }
}

export class GroupEpochs {
  /** The name of the assigner: the coordinator refuses a member that offers another one than those in the group. */
  readonly protocol: string;
  #met = 0;
  #assigned = 0;
  #assignedMs = -Infinity;

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  /** The highest epoch that this member knows; 0 for none. */
  get met(): number {
    return this.#met;
  }

  meet(epoch: number): void {
    if (epoch > this.#met) this.#met = epoch;
  }

  /** This member has got an assignment. `nowMs` is monotonic. */
  assign(epoch: number, nowMs: number): void {
    this.#assigned = epoch;
    this.#assignedMs = nowMs;
    this.meet(epoch);
  }

  /**
   * Why the assignment is outdated; undefined if it is the newest one. A coordinator that accepts a heartbeat after this has
   * made no newer one.
   */
  outdated(nowMs: number): KafkaError | undefined {
    const isOutdated = this.#met > this.#assigned && nowMs - this.#assignedMs >= MIN_REJOIN_MS;
    return isOutdated ? new ForeignEpochError(this.#assigned) : undefined;
  }
}
