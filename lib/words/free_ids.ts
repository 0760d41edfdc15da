// Which ids below a limit are free, with the lowest at hand wherever it is: a bit for each, above these a bit for each
// 32 of them where any is set, and so on up to a single number.

const BITS_LOG2 = 5;
const BITS = 1 << BITS_LOG2;

export class FreeIds {
  /** The lowest level has a bit for each id, the highest is one number. */
  #levels: Int32Array[] = [new Int32Array(1)];

  /** Ids below it can be free. */
  get capacity(): number {
    return this.#levels[0].length * BITS;
  }

  /** The lowest free id, which is not free from now on; -1 for none. O(levels). */
  takeLowest(): number {
    let index = 0;
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const bits = this.#levels[level][index];
      if (bits === 0) return -1; // the highest level alone can say so
      index = index << BITS_LOG2 | (BITS - 1 - Math.clz32(bits & -bits));
    }
    this.delete(index);
    return index;
  }

  /** Makes the id free. */
  add(id: number): void {
    if (id >= this.capacity) this.#grow(id + 1);
    let index = id;
    for (const bits of this.#levels) {
      bits[index >> BITS_LOG2] |= 1 << (index & BITS - 1);
      index >>= BITS_LOG2;
    }
  }

  /** The id is not free, whether it was or not; one below the capacity. */
  delete(id: number): void {
    let index = id;
    for (const bits of this.#levels) {
      bits[index >> BITS_LOG2] &= ~(1 << (index & BITS - 1));
      if (bits[index >> BITS_LOG2] !== 0) return;
      index >>= BITS_LOG2;
    }
  }

  #grow(idLimit: number): void {
    const [free] = this.#levels;
    let length = Math.max(Math.ceil(idLimit / BITS), free.length * 2);
    const bits = new Int32Array(length);
    bits.set(free);
    this.#levels = [bits];
    while (length > 1) {
      const below = this.#levels[this.#levels.length - 1];
      length = Math.ceil(length / BITS);
      const above = new Int32Array(length);
      below.forEach((bits, index) => {
        if (bits !== 0) above[index >> BITS_LOG2] |= 1 << (index & BITS - 1);
      });
      this.#levels.push(above);
    }
  }
}
