// ReportPlaces answers where in the log the first report begins that has counts of panes from some time on.

interface Place {
  readonly logOffset: number;
  /** Start of the newest pane in the report. */
  readonly newestMs: number;
}

/** Forgotten places stay in the list up to this number, so that removing them costs nothing. */
const MAX_FORGOTTEN = 1024;

export class ReportPlaces {
  /** Offsets and panes both ascend. A report with newer panes before it is never the first with a pane. */
  readonly #places: Place[] = [];
  /** Places before this index are forgotten. */
  #from = 0;

  /**
   * Adds a report that begins at `logOffset`; -Infinity for one without counts. Reports are added as they end, so a long one
   * may have begun before those that were added before it.
   */
  add(logOffset: number, newestMs: number): void {
    const places = this.#places;
    let index = places.length;
    while (index > this.#from && places[index - 1].logOffset > logOffset) index--;
    if (newestMs <= (places[index - 1]?.newestMs ?? -Infinity)) return;
    let end = index;
    while (end < places.length && places[end].newestMs <= newestMs) end++;
    places.splice(index, end - index, { logOffset, newestMs });
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
