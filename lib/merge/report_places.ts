// ReportPlaces answers where in the log the first report begins that has counts of panes from some time on.

interface Place {
  readonly logOffset: number;
  /** Start of the newest pane in the report. */
  readonly newestMs: number;
}

/** Forgotten places stay in the list up to this number, so that removing them costs nothing. */
const MAX_FORGOTTEN = 1024;

export class ReportPlaces {
  /** Offsets and panes ascend: a report is the first with a pane only if no report before it has a newer one. */
  readonly #places: Place[] = [];
  #from = 0;

  /** Adds the next report of the log; -Infinity for one without counts. */
  add(logOffset: number, newestMs: number): void {
    if (newestMs > (this.#places.at(-1)?.newestMs ?? -Infinity)) this.#places.push({ logOffset, newestMs });
  }

  /**
   * The offset of the first report with counts of panes that start at `neededFromMs` or later; Infinity for none. It forgets
   * the reports before: the time may not go back from call to call.
   */
  from(neededFromMs: number): number {
    while (this.#from < this.#places.length && this.#places[this.#from].newestMs < neededFromMs) this.#from++;
    if (this.#from >= MAX_FORGOTTEN) {
      // The newest place stays: a later report with older panes is not the first.
      const forgotten = Math.min(this.#from, this.#places.length - 1);
      this.#places.splice(0, forgotten);
      this.#from -= forgotten;
    }
    return this.#places[this.#from]?.logOffset ?? Infinity;
  }
}
