// Who gets the tokens when there are not enough for all: everybody by lag, so that partitions catch up together.

/** What one partition wants; it is kept from one sharing to the next, which is how fractions add up to records. */
export interface Claim {
  /** Records that it could take now, a whole number. */
  available: number;
  /** Records that it is behind. */
  lag: number;
  /** Records that it was given too few by earlier sharings, or too many (negative). Begins at 0. */
  credit: number;
  /** What it is given now. */
  grant: number;
}

/**
 * A partition counts as at least so much of the mean lag. Without it one record beside a million would wait for a
 * million; with it, among n partitions, everyone's share is at least one in 11 n.
 */
const MIN_WEIGHT_SHARE = 0.1;

/**
 * Sets every claim's grant: never above what is available, `tokens` in all unless less is available in all. What a
 * partition has no use for goes to the others. O(n log n) for n claims, for as many rounds as there are magnitudes of
 * what is available.
 *
 * @param tokens a whole number, or Infinity
 * @returns the sum of the grants
 */
export function shareByLag(tokens: number, claims: readonly Claim[]): number {
  const wanted = claims.reduce((sum, { available }) => sum + available, 0);
  if (wanted <= tokens) {
    for (const claim of claims) grantAll(claim);
    return wanted;
  }
  if (tokens > 0) {
    divide(tokens, claims);
  } else {
    for (const claim of claims) claim.grant = 0;
  }
  return tokens;
}

/** With fewer tokens than are wanted. */
function divide(tokens: number, claims: readonly Claim[]): void {
  const active = claims.filter(({ available }) => available > 0);
  const meanLag = active.reduce((sum, { lag }) => sum + lag, 0) / active.length;
  const minWeight = Math.max(1, meanLag * MIN_WEIGHT_SHARE);
  const weightOf = (claim: Claim): number => Math.max(claim.lag, minWeight);

  for (const claim of claims) if (claim.available === 0) grantAll(claim);
  // Whoever wants no more than its share is given all; that makes the others' shares larger, and is asked again.
  let open = active;
  let left = tokens;
  while (true) {
    const perWeight = left / open.reduce((sum, claim) => sum + weightOf(claim), 0);
    const isContent = (claim: Claim): boolean => claim.available <= perWeight * weightOf(claim);
    const content = open.filter(isContent);
    if (content.length === 0) return divideFractions(left, open, (claim) => perWeight * weightOf(claim));
    for (const claim of content) {
      grantAll(claim);
      left -= claim.available;
    }
    open = open.filter((claim) => !isContent(claim));
  }
}

/** Gives the whole part of each share, and what the fractions add up to by credit: who has waited longest is first. */
function divideFractions(tokens: number, claims: readonly Claim[], shareOf: (claim: Claim) => number): void {
  // Credits are relative to each other; those who come and go with theirs must not leave the others a common debt.
  const meanCredit = claims.reduce((sum, { credit }) => sum + credit, 0) / claims.length;
  let left = tokens;
  for (const claim of claims) {
    const share = shareOf(claim);
    claim.grant = Math.floor(share);
    claim.credit += share - claim.grant - meanCredit;
    left -= claim.grant;
  }
  if (left === 0) return;
  const byCredit = [...claims].sort((a, b) => b.credit - a.credit);
  for (const claim of byCredit.slice(0, left)) {
    claim.grant++;
    claim.credit--;
  }
}

/** Nothing is owed to a partition that got all it had; what it got ahead of the others stays on its account. */
function grantAll(claim: Claim): void {
  claim.grant = claim.available;
  claim.credit = Math.min(claim.credit, 0);
}
