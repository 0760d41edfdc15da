// A ConnectionSet keeps connections in order and counts them by address, so that the address with most makes room first.

interface Addressed {
  /** The client's. */
  readonly address: string;
}

export class ConnectionSet<T extends Addressed> {
  readonly #members = new Set<T>();
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#members.size;
  }

  /** As the last one. */
  add(connection: T): void {
    if (this.#members.has(connection)) return;
    this.#members.add(connection);
    this.#counts.set(connection.address, this.#countOf(connection) + 1);
  }

  /** Whether it was there. */
  delete(connection: T): boolean {
    if (!this.#members.delete(connection)) return false;
    const left = this.#countOf(connection) - 1;
    if (left > 0) this.#counts.set(connection.address, left);
    else this.#counts.delete(connection.address);
    return true;
  }

  /** The first one of the address that has most for which `isEligible` is true. */
  oldestOfMost(isEligible: (connection: T) => boolean = () => true): T | undefined {
    const most = Math.max(...this.#counts.values());
    for (const connection of this.#members) {
      if (this.#countOf(connection) === most && isEligible(connection)) return connection;
    }
    return undefined;
  }

  /**
   * The first one of the address that has most, where that has at least twice as many as the address of `newcomer` would
   * have with it: so one address cannot keep others out, and equals do not take each other's places.
   */
  crowdOver(newcomer: T): T | undefined {
    const crowd = this.oldestOfMost();
    return crowd && this.#countOf(crowd) >= 2 * (this.#countOf(newcomer) + 1) ? crowd : undefined;
  }

  #countOf({ address }: T): number {
    return this.#counts.get(address) ?? 0;
  }
}
