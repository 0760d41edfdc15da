// A set of free ids that finds the lowest one fast. The lowest level has one bit per id; each level above has one bit
// per 32-bit number below it, set where that number is not 0; the highest level is a single number.

const BITS_LOG2 = 5;
const BITS = 1 << BITS_LOG2;

export class FreeIds {
  #levels: Int32Array[] = [new Int32Array(1)];

  /** Ids below it can be in the set. */
  get capacity(): number {
    return this.#levels[0].length * BITS;
  }

  /** Takes the lowest free id out of the set; -1 if there is none. O(levels). */
  takeLowest(): number {
    let index = 0;
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const bits = this.#levels[level][index];
      if (bits === 0) return -1; // only the highest level can be 0
      index = index << BITS_LOG2 | (BITS - 1 - Math.clz32(bits & -bits));
    }
    this.delete(index);
    return index;
  }

  add(id: number): void {
    if (id >= this.capacity) this.#grow(id + 1);
    let index = id;
    for (const bits of this.#levels) {
      bits[index >> BITS_LOG2] |= 1 << (index & BITS - 1);
      index >>= BITS_LOG2;
    }
  }

  /** Takes an id below the capacity out of the set; it need not be in it. */
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
