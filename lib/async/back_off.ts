// How long to wait before trying again.

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * Doubles with each failed `attempt` (from 0), up to 10 s. `random`, in [0, 1), takes off up to half, so that those who
 * failed together do not come back together.
 */
export function backOffMs(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.max(FIRST_MS, longest * (1 - random / 2));
}
