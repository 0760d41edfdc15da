// The tests run in two lengths: short among all other tests, long by `deno task test:soak`.

export const isLong: boolean = Deno.env.get("SOAK") === "1";

export function soakLength<T>(lengths: { readonly short: T; readonly long: T }): T {
  return isLong ? lengths.long : lengths.short;
}

/** A printed seed. SOAK_SEED sets it, to reproduce a failure. */
export function soakSeed(test: string): number {
  const given = Deno.env.get("SOAK_SEED");
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed) || seed < 0) {
    throw new RangeError(`SOAK_SEED is ${given}, must be a whole number`);
  }
  console.log(`${test}: SOAK_SEED=${seed}`);
  return seed;
}
