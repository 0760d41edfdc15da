// What is fuzzed: a parser of bytes from outside, and what must hold of it whatever they are.

export interface FuzzTarget {
  readonly name: string;
  /** Where mutation begins. */
  readonly seedCorpus: readonly Uint8Array[];
  /** Throws where something that must hold does not. */
  run(bytes: Uint8Array): void;
}
