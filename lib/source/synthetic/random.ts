// Random numbers that come again with the same seed (Math.random has none).

/** Gives a number from 0 up to but not including 1 at each call; mulberry32, of period 2^32. */
export type Random = () => number;

/** The same numbers for the same seed, a whole number from 0 to 2^32 - 1, and the same stream. */
export function seededRandom(seed: number, stream: number): Random {
  let state = Math.imul(seed ^ Math.imul(stream + 1, 0x9e3779b9), 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number between the two, both included. */
export function randomInteger(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
