// The same tests in two lengths: short ones among all others, long ones by `deno task test:soak`.

/** Whether there is time for the long form. */
export const isLong: boolean = Deno.env.get("SOAK") === "1";

export function soakLength<T>(lengths: { readonly short: T; readonly long: T }): T {
  return isLong ? lengths.long : lengths.short;
}

/** A seed of one's own with SOAK_SEED, to see a failure again; printed whichever it is. */
export function soakSeed(test: string): number {
  const given = Deno.env.get("SOAK_SEED");
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed) || seed < 0) {
    throw new RangeError(`SOAK_SEED is ${given}, must be a whole number`);
  }
  console.log(`${test}: SOAK_SEED=${seed}`);
  return seed;
}
