// GroupEpochs knows the epochs of a group whose members merge their counts: each assignment gets a higher one.

export class GroupEpochs {
  /** The name of the assigner: the coordinator refuses a member that offers another one than those in the group. */
  readonly protocol: string;
  #met = 0;

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
}
