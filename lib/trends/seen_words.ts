// SeenWords remember which words the stream has had, by generations: each is an eighth of the memory, and has a filter of
// the words that left the window in it. A generation is forgotten as a whole when the memory is over for all of it. So a
// word is remembered for the memory at least, and for an eighth more at most.
//
// A filter takes a few words for others, and such a word is never new. The newest filter may be large, so that this is
// rare. Former ones are folded: those with few words to what they need, and all together to a fixed number of cells.

import { GrowingFilter } from "./growing_filter.ts";
import {
  type FilterContents,
  type HashedWord,
  MAX_FILTER_CELLS,
  MIN_FILTER_CELLS,
  WordFilter,
} from "./word_filter.ts";

/** The generations of the memory. There is one more, since the newest is not complete. */
export const GENERATIONS = 8;
/** The bound on the cells of all filters, as a multiple of the largest filter. */
const MAX_FILTERS = 5;
/** 160 MiB. */
export const MAX_CELLS: number = MAX_FILTERS * MAX_FILTER_CELLS;

/** The words that left the window in one generation. */
interface Generation {
  /** It begins at pane index * panes of a generation. */
  readonly index: number;
  readonly filter: WordFilter;
}

/** A filter, or the hashes of all its words. */
export type GenerationContents =
  & { readonly index: number }
  & ({ readonly filter: FilterContents } | { readonly hashes: Uint32Array });

/** The memory in a form that is never altered. */
export interface SeenContents {
  readonly panesPerGeneration: number;
  /** Index of the current generation. */
  readonly current: number;
  /** The oldest first. Only the last one may have hashes, and its filter has the largest size. */
  readonly generations: readonly GenerationContents[];
}

export class SeenWords {
  /** The panes of a generation. */
  readonly panesPerGeneration: number;
  #current = -Infinity;
  /** The words of the generation `#newestIndex`. */
  #newest: GrowingFilter | undefined;
  #newestIndex = -Infinity;
  /** The generations before, the oldest first. */
  #former: Generation[] = [];

  readonly #filterCells: number;

  /** A word is remembered for at least so many panes. `filterCells` is the size of the largest filter. */
  constructor(
    panes: number,
    { filterCells = MAX_FILTER_CELLS }: { readonly filterCells?: number } = {},
  ) {
    this.panesPerGeneration = Math.ceil(panes / GENERATIONS);
    this.#filterCells = filterCells;
  }

  /** Index of the current generation; -Infinity before the first. */
  get current(): number {
    return this.#current;
  }

  /** The bytes of the memory. */
  get bytes(): number {
    return this.#former.reduce((sum, { filter: { bytes } }) => sum + bytes, this.#newest?.bytes ?? 0);
  }

  /** The chance that a word which the memory has not is taken for one that it has. */
  get falseShare(): number {
    return 1 - this.#filters.reduce((left, { falseShare }) => left * (1 - falseShare), 1);
  }

  /** Continues with the generation of the pane, and forgets those whose time is over. */
  advance(pane: number): void {
    const index = Math.floor(pane / this.panesPerGeneration);
    if (index <= this.#current) return;
    this.#current = index;
    const oldest = index - GENERATIONS;
    this.#former = this.#former.filter(({ index }) => index >= oldest);
    if (this.#newestIndex < oldest) this.#newest = undefined;
  }

  /** Adds a word to the current generation. */
  add(word: HashedWord): void {
    if (this.#newest === undefined || this.#newestIndex < this.#current) this.#begin();
    this.#newest?.add(word);
  }

  /** Whether the word is remembered. */
  has(word: HashedWord): boolean {
    return this.#filters.some((filter) => filter.has(word));
  }

  clear(): void {
    this.#current = -Infinity;
    this.#newest = undefined;
    this.#newestIndex = -Infinity;
    this.#former = [];
  }

  /** Later calls of other methods do not alter the result. */
  save(): SeenContents {
    const generations: GenerationContents[] = this.#former.map(({ index, filter }) => {
      return { index, filter: filter.save({ copies: false }) };
    });
    if (this.#newest !== undefined) {
      const { hashes, filter } = this.#newest;
      const index = this.#newestIndex;
      generations.push(
        hashes === undefined ? { index, filter: filter.save({ copies: true }) } : { index, hashes },
      );
    }
    return { panesPerGeneration: this.panesPerGeneration, current: this.#current, generations };
  }

  /** Replaces all generations by saved ones of the same length. */
  restore({ current, generations }: SeenContents): void {
    this.clear();
    this.#current = current;
    for (const contents of generations) {
      const { index } = contents;
      this.#retire();
      this.#newestIndex = index;
      this.#newest = "hashes" in contents
        ? GrowingFilter.ofHashes(contents.hashes, this.#filterCells)
        : GrowingFilter.ofLargest(WordFilter.restore(contents.filter));
    }
  }

  get #filters(): WordFilter[] {
    const former = this.#former.map(({ filter }) => filter);
    return this.#newest === undefined ? former : [...former, this.#newest.filter];
  }

  #begin(): void {
    this.#newest?.filter.foldSparse();
    this.#retire();
    const cells = () => this.#filters.reduce((sum, { cells }) => sum + cells, this.#filterCells);
    while (cells() > MAX_FILTERS * this.#filterCells) emptiest(this.#filters).fold();
    this.#newest = new GrowingFilter(this.#filterCells);
    this.#newestIndex = this.#current;
  }

  /** The newest generation becomes a former one. */
  #retire(): void {
    if (this.#newest === undefined) return;
    this.#former.push({ index: this.#newestIndex, filter: this.#newest.filter });
    this.#newest = undefined;
  }
}

/** The filter that loses least by a fold, of those that can be folded. */
function emptiest(filters: readonly WordFilter[]): WordFilter {
  return filters
    .filter(({ cells }) => cells > MIN_FILTER_CELLS)
    .reduce((a, b) => b.fill < a.fill ? b : a);
}
