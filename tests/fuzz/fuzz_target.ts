// A fuzz target: a parser of untrusted bytes, and the properties that must hold for any bytes.

import type { Random } from "../../lib/source/synthetic/random.ts";

export interface FuzzTarget {
  /** The name on the command line; kept inputs are in `corpus/NAME/`. */
  readonly name: string;
  /** The inputs that mutation begins with. */
  readonly seedCorpus: readonly Uint8Array[];
  /** Makes an input as a correct writer would, or nearly. */
  readonly generate?: (random: Random) => Uint8Array;
  /** Repairs checksums and the like, so that a mutated input passes them. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Tokens of the format, which mutation inserts. */
  readonly dictionary?: readonly Uint8Array[];
  /** The longest input; default: `MAX_INPUT_BYTES`. */
  readonly maxBytes?: number;
  /** Milliseconds allowed per input, checks included; default: 1000. */
  readonly maxMs?: number;
  /** Bytes of memory allowed per byte of input, beyond the general allowance; default: 64. */
  readonly maxMemoryPerByte?: number;
  /** Throws if a property does not hold. */
  run(bytes: Uint8Array): void | Promise<void>;
}

export function encodeAll(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
