// A WordFilter remembers words in a fixed number of bits (a Bloom filter). It has every word that was added, and takes another
// one for such a word with a chance that `falseShare` states. While few bits are set, the filter can be folded to half its
// size: a word's places are numbers modulo the size, so the halves are united, and no word has to be known.
// (Bloom: Space/Time Trade-offs in Hash Coding with Allowable Errors, 1970. The places follow Dillinger and Manolios, Bloom
// Filters in Probabilistic Verification, 2004.)

/** The places of a word. The chance of a false answer falls with their number while at most half of the bits are set. */
const PLACES = 8;
const CELL_BITS = 32;
/** The sizes of filters, in cells: powers of two. */
export const MIN_FILTER_CELLS: number = 2 ** 10;
export const MAX_FILTER_CELLS: number = 2 ** 23;
/** A filter is folded as long as at most this share of the bits is set then. */
const MAX_FOLDED_SHARE = 1 / 8;

/** Two independent hashes of a word, each of 32 bits. */
export interface HashedWord {
  readonly first: number;
  readonly second: number;
}

/** The bits of a filter in a form that is never altered. */
export interface FilterContents {
  /** A power of two. */
  readonly cells: number;
  /** The cells that are not 0, in ascending order; undefined where `bits` has all cells. */
  readonly used?: Uint32Array | undefined;
  readonly bits: Uint32Array;
}

export class WordFilter {
  #bits: Uint32Array;
  #setBits = 0;

  /** `cells` is a power of two. */
  constructor(cells: number) {
    this.#bits = new Uint32Array(cells);
  }

  get cells(): number {
    return this.#bits.length;
  }

  get bytes(): number {
    return this.#bits.byteLength;
  }

  /** The share of the bits that are set. */
  get fill(): number {
    return this.#setBits / (this.#bits.length * CELL_BITS);
  }

  /** The chance that a word which was never added is taken for one that was. */
  get falseShare(): number {
    return this.fill ** PLACES;
  }

  /** Adds the word of these hashes. Returns whether the filter did not have it. */
  add({ first, second }: HashedWord): boolean {
    const bits = this.#bits;
    const mask = bits.length - 1;
    const before = this.#setBits;
    let step = second;
    let place = first;
    for (let i = 0; i < PLACES; i++) {
      const bit = 1 << (place & 31);
      const cell = place >>> 5 & mask;
      if ((bits[cell] & bit) === 0) {
        bits[cell] |= bit;
        this.#setBits++;
      }
      place = place + step | 0;
      step = step + i | 0;
    }
    return this.#setBits > before;
  }

  /** Whether the word of these hashes was added. */
  has({ first, second }: HashedWord): boolean {
    const bits = this.#bits;
    const mask = bits.length - 1;
    let step = second;
    let place = first;
    for (let i = 0; i < PLACES; i++) {
      if ((bits[place >>> 5 & mask] & 1 << (place & 31)) === 0) return false;
      place = place + step | 0;
      step = step + i | 0;
    }
    return true;
  }

  /** Halves the filter while few bits are set. */
  foldSparse(): void {
    while (this.#bits.length > MIN_FILTER_CELLS && this.fill * 2 <= MAX_FOLDED_SHARE) this.fold();
  }

  /** Halves the filter. The chance of a false answer rises. */
  fold(): void {
    const half = this.#bits.length / 2;
    const bits = this.#bits.slice(0, half);
    for (let i = 0; i < half; i++) bits[i] |= this.#bits[half + i];
    this.#bits = bits;
    this.#setBits = setBitsOf(bits);
  }

  /** Only `add` alters the result later, and not where the caller asks for a copy. O(cells). */
  save({ copies }: { readonly copies: boolean }): FilterContents {
    const { length } = this.#bits;
    // A cell and its index take as much room as two cells.
    if (this.#setBits * 2 < length) return { cells: length, ...usedCells(this.#bits) };
    return { cells: length, bits: copies ? this.#bits.slice() : this.#bits };
  }

  static restore({ cells, used, bits }: FilterContents): WordFilter {
    const filter = new WordFilter(cells);
    if (used === undefined) filter.#bits.set(bits);
    else for (let i = 0; i < used.length; i++) filter.#bits[used[i]] = bits[i];
    filter.#setBits = setBitsOf(bits);
    return filter;
  }
}

function usedCells(cells: Uint32Array): { readonly used: Uint32Array; readonly bits: Uint32Array } {
  let count = 0;
  for (let i = 0; i < cells.length; i++) if (cells[i] !== 0) count++;
  const used = new Uint32Array(count);
  const bits = new Uint32Array(count);
  let at = 0;
  for (let i = 0; at < count; i++) {
    if (cells[i] === 0) continue;
    used[at] = i;
    bits[at++] = cells[i];
  }
  return { used, bits };
}

function setBitsOf(cells: Uint32Array): number {
  let set = 0;
  for (let i = 0; i < cells.length; i++) {
    let bits = cells[i];
    bits -= bits >>> 1 & 0x5555_5555;
    bits = (bits & 0x3333_3333) + (bits >>> 2 & 0x3333_3333);
    set += Math.imul(bits + (bits >>> 4) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  }
  return set;
}
