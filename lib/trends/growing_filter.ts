// A GrowingFilter remembers the words of the newest generation. While they are few it also keeps their hashes, so that it can
// fill a larger filter with them. So it takes as much room as it has words, and hardly ever one word for another: its fill
// stays low until the filter has its largest size. A word that it takes for another one is not listed, and a larger filter
// may not have it: that is less than one in a billion words.

import { type HashedWord, MAX_FILTER_CELLS, MIN_FILTER_CELLS, WordFilter } from "./word_filter.ts";

/** The hashes of words are kept up to one word for so many cells of the largest filter. */
const CELLS_PER_LISTED_WORD = 32;
export const MAX_LISTED_WORDS: number = MAX_FILTER_CELLS / CELLS_PER_LISTED_WORD;
/** With this share of the bits set, the filter grows. */
const MAX_FILL = 1 / 16;
const GROWTH = 4;
const INITIAL_WORDS = 64;

export class GrowingFilter {
  #filter = new WordFilter(MIN_FILTER_CELLS);
  readonly #maxCells: number;
  /** Two hashes for each word; undefined once the filter has its largest size. */
  #hashes: Uint32Array | undefined = new Uint32Array(2 * INITIAL_WORDS);
  #words = 0;

  /** `maxCells` is the largest size of the filter: a power of two. */
  constructor(maxCells: number) {
    this.#maxCells = maxCells;
  }

  get filter(): WordFilter {
    return this.#filter;
  }

  get bytes(): number {
    return this.#filter.bytes + (this.#hashes?.byteLength ?? 0);
  }

  /** The hashes of all words; undefined once there are too many. Later additions do not alter the result. */
  get hashes(): Uint32Array | undefined {
    return this.#hashes?.slice(0, 2 * this.#words);
  }

  /** A filter that has grown to its largest size. */
  static ofLargest(filter: WordFilter): GrowingFilter {
    const growing = new GrowingFilter(filter.cells);
    growing.#filter = filter;
    growing.#hashes = undefined;
    return growing;
  }

  /** A filter with the words of these hashes. */
  static ofHashes(hashes: Uint32Array, maxCells: number): GrowingFilter {
    const growing = new GrowingFilter(maxCells);
    for (const word of wordsOf(hashes, hashes.length / 2)) growing.add(word);
    return growing;
  }

  add(word: HashedWord): void {
    if (!this.#filter.add(word) || this.#hashes === undefined) return;
    if (this.#words === this.#maxCells / CELLS_PER_LISTED_WORD) {
      this.#growTo(this.#maxCells);
      this.#filter.add(word);
      this.#hashes = undefined;
      return;
    }
    this.#list(word, this.#hashes);
    const { cells, fill } = this.#filter;
    if (fill > MAX_FILL) this.#growTo(cells * GROWTH);
  }

  #list({ first, second }: HashedWord, hashes: Uint32Array): void {
    let list = hashes;
    if (2 * this.#words === hashes.length) {
      this.#hashes = list = new Uint32Array(2 * hashes.length);
      list.set(hashes);
    }
    list[2 * this.#words] = first;
    list[2 * this.#words + 1] = second;
    this.#words++;
  }

  #growTo(cells: number): void {
    this.#filter = new WordFilter(cells);
    for (const word of wordsOf(this.#hashes ?? [], this.#words)) this.#filter.add(word);
  }
}

function* wordsOf(hashes: ArrayLike<number>, words: number): Generator<HashedWord> {
  const word = { first: 0, second: 0 };
  for (let i = 0; i < words; i++) {
    word.first = hashes[2 * i];
    word.second = hashes[2 * i + 1];
    yield word;
  }
}
