// What is fuzzed: a parser of bytes from outside, and what must hold of it whatever they are.

import type { Random } from "../../lib/source/synthetic/random.ts";

export interface FuzzTarget {
  /** As on the command line; its kept inputs are in `corpus/NAME/`. */
  readonly name: string;
  /** Where mutation begins. */
  readonly seedCorpus: readonly Uint8Array[];
  /** Makes an input as an honest writer would, or nearly. */
  readonly generate?: (random: Random) => Uint8Array;
  /** Makes checksums and the like right again, so that a mutated input gets past them. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** What the format has names for; mutation puts them in. */
  readonly dictionary?: readonly Uint8Array[];
  /** No input is longer; default: `MAX_INPUT_BYTES`. */
  readonly maxBytes?: number;
  /** Milliseconds that any input may take, with the checks of its outcome; default: 1000. */
  readonly maxMs?: number;
  /** What it may take in memory for each byte of input, beyond what any input may; default: 64. */
  readonly maxMemoryPerByte?: number;
  /** Throws where something that must hold does not. */
  run(bytes: Uint8Array): void | Promise<void>;
}

/** The inputs that a target has by itself: where mutation begins. */
export function encodeAll(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
