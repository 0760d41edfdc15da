// backOffMs computes the pause before a failed attempt is repeated.

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * The pause doubles with each failed `attempt` (from 0), up to 10 s. `random`, in [0, 1), takes off up to half, so that
 * clients which failed together do not return together.
 */
export function backOffMs(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.max(FIRST_MS, longest * (1 - random / 2));
}
