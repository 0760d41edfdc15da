// Arrays by word id grow in small steps. They are large, and doubling could leave half of their memory unused.

const GROWTH = 1.25;

/** The next length of an array that has this length and needs an element for each id below `idLimit`. */
export function grownLength(length: number, idLimit: number): number {
  return Math.max(idLimit, Math.ceil(length * GROWTH));
}
