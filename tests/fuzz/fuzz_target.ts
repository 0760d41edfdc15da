// A fuzz target: a parser of untrusted bytes, and the checks that hold for every input.

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
  /** Words of the format, which mutation inserts. */
  readonly dictionary?: readonly Uint8Array[];
  /** No input is longer; default: `MAX_INPUT_BYTES`. */
  readonly maxBytes?: number;
  /** Milliseconds that any input may take, with the checks of its outcome; default: 1000. */
  readonly maxMs?: number;
  /** Bytes of memory that it may take per byte of input, beyond the constant part; default: 64. */
  readonly maxMemoryPerByte?: number;
  /** Throws where something that must hold does not. */
  run(bytes: Uint8Array): void | Promise<void>;
}

/** The inputs that a target has by itself: where mutation begins. */
export function encodeAll(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
