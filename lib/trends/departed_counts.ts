// DepartedCounts remember the decayed counts of words that are in no pane any more. It is a count-min sketch: each row adds
// a word's count to one cell, and the smallest of the word's cells is its count. A count is never too low. It is too
// high where another word shares the cell in every row, and then a word rises later than it would. A stream that aims at
// the cells of a word hides it, but it can as well write the word itself in advance.
// (Cormode, Muthukrishnan: An Improved Data Stream Summary: The Count-Min Sketch and its Applications, 2005.)

import type { WordHash } from "../words/word_hash.ts";

const ROWS = 2;
const CELLS_LOG2 = 18;
export const DEPARTED_CELLS: number = ROWS << CELLS_LOG2;
const SHIFT = 32 - CELLS_LOG2;

/** The cells that are not 0. */
export interface DepartedContents {
  readonly cells: Uint32Array;
  /** Parallel to `cells`. */
  readonly counts: Float32Array;
}

export class DepartedCounts {
  readonly #cells = new Float32Array(DEPARTED_CELLS);

  /** Adds to the count of the word last hashed. */
  add({ first, second }: WordHash, count: number): void {
    this.#cells[first >>> SHIFT] += count;
    this.#cells[(1 << CELLS_LOG2) + (second >>> SHIFT)] += count;
  }

  /** The count of the word last hashed. */
  countOf({ first, second }: WordHash): number {
    return Math.min(this.#cells[first >>> SHIFT], this.#cells[(1 << CELLS_LOG2) + (second >>> SHIFT)]);
  }

  scale(factor: number): void {
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) cells[i] *= factor;
  }

  clear(): void {
    this.#cells.fill(0);
  }

  save(): DepartedContents {
    const places = this.#cells.reduce((used, count) => used + Number(count > 0), 0);
    const cells = new Uint32Array(places);
    const counts = new Float32Array(places);
    let at = 0;
    for (let i = 0; i < this.#cells.length; i++) {
      if (this.#cells[i] === 0) continue;
      cells[at] = i;
      counts[at++] = this.#cells[i];
    }
    return { cells, counts };
  }

  /** Replaces all counts. All cells are below DEPARTED_CELLS. */
  restore({ cells, counts }: DepartedContents): void {
    this.clear();
    for (let i = 0; i < cells.length; i++) this.#cells[cells[i]] = counts[i];
  }
}
