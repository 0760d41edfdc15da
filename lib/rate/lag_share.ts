// Divides tokens among partitions by their lag when there are not enough for all, so that partitions catch up together.

/** The claim of one partition. It is kept from one division to the next, so that fractions add up to records. */
export interface Claim {
  /** Records that it could take now, a whole number. */
  available: number;
  /** Its lag in records. */
  lag: number;
  /** Records that earlier divisions gave it too few, or too many if negative. It begins at 0. */
  credit: number;
  /** Tokens that it receives now. */
  grant: number;
}

/**
 * The least weight of a partition, as a share of the mean lag. Without it one record beside a million would wait for a
 * million; with it, each of n partitions receives at least one in 11 n.
 */
const MIN_WEIGHT_SHARE = 0.1;

/**
 * Sets the grant of every claim. No grant exceeds what is available, and the grants use all `tokens` unless less is
 * available in all. Tokens that a partition cannot use go to the others. O(n log n) for n claims, times the number of
 * magnitudes among the available records.
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

/** Divides fewer tokens than are wanted. */
function divide(tokens: number, claims: readonly Claim[]): void {
  const active = claims.filter(({ available }) => available > 0);
  const meanLag = active.reduce((sum, { lag }) => sum + lag, 0) / active.length;
  const minWeight = Math.max(1, meanLag * MIN_WEIGHT_SHARE);
  const weightOf = (claim: Claim): number => Math.max(claim.lag, minWeight);

  for (const claim of claims) if (claim.available === 0) grantAll(claim);
  // Grant all to each partition that wants no more than its share. That raises the other shares, so repeat.
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

/** Grants the whole part of each share, and the rest by credit: the longest-waiting partition comes first. */
function divideFractions(tokens: number, claims: readonly Claim[], shareOf: (claim: Claim) => number): void {
  // Credits are relative. Subtract the mean, so that partitions that come and go leave the others no common debt.
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

/** Clears the credit of a partition that received all it had. A debt from an earlier surplus stays. */
function grantAll(claim: Claim): void {
  claim.grant = claim.available;
  claim.credit = Math.min(claim.credit, 0);
}
