// Computes the new length of an array by word id that has become too short. Such arrays are large, and doubling could leave
// half of their memory unused, so they grow in small steps.

const GROWTH = 1.25;

/** The next length of an array that has this length and needs an element for each id below `idLimit`. */
export function grownLength(length: number, idLimit: number): number {
  return Math.max(idLimit, Math.ceil(length * GROWTH));
}
