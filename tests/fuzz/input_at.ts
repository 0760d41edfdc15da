// Computes the inputs of a run. Each is a function of the seed and its number alone, so any of them can be made at once.

import { seededRandom } from "../../lib/source/synthetic/random.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { mutate, pick, stretch } from "./mutator.ts";

/** The longest input. Longer ones find nothing more and take long to make. */
export const MAX_INPUT_BYTES = 1 << 20;
/** The usual length: many small inputs find more than few large ones. */
const SMALL_BYTES = 4096;
const MAX_MUTATIONS = 32;

export interface InputNumber {
  readonly seed: number;
  readonly iteration: number;
}

/** The input number `iteration` of a run. The first ones are `corpus` itself. */
export function inputAt(
  target: FuzzTarget,
  corpus: readonly Uint8Array[],
  { seed, iteration }: InputNumber,
): Uint8Array {
  if (iteration < corpus.length) return corpus[iteration];
  const random = seededRandom(seed, iteration);
  const { generate, repair, dictionary = [], maxBytes = MAX_INPUT_BYTES } = target;
  const generated = generate !== undefined && random() < 0.5;
  let bytes = generated ? generate(random) : pick(corpus, random);
  const others = dictionary.length > 0 && random() < 0.5 ? dictionary : corpus;
  // Leave some inputs of a correct writer unchanged.
  const mutations = generated && random() < 0.2 ? 0 : Math.ceil(MAX_MUTATIONS ** random());
  for (let i = 0; i < mutations; i++) {
    bytes = mutate(bytes, random, others);
    if (bytes.length > SMALL_BYTES) bytes = bytes.subarray(0, SMALL_BYTES);
  }
  const size = random();
  if (size < 0.01) bytes = stretch(bytes, random, SMALL_BYTES * 16);
  else if (size < 0.0105) bytes = stretch(bytes, random, MAX_INPUT_BYTES);
  if (bytes.length > maxBytes) bytes = bytes.subarray(0, maxBytes);
  return repair !== undefined && random() < 0.7 ? repair(bytes.slice()) : bytes.slice();
}
