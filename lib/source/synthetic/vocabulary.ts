// Random words that look like words. As in real text, some are far more frequent than others.

import { type Random, randomInteger } from "./random.ts";

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const MAX_SYLLABLES = 4;

export interface VocabularyOptions {
  readonly size: number;
  /** No word contains one of its characters. At most 16 bytes. */
  readonly separator: string;
  readonly random: Random;
}

/** Distinct words. The word of rank r, from 0, has a probability proportional to 1 / (r + 1). */
export class Vocabulary {
  readonly #bytes: Uint8Array;
  /** Word i is `bytes[ends[i - 1]..ends[i])`. */
  readonly #ends: Uint32Array;
  /** By rank: the sum of the weights up to it. */
  readonly #weightsUpTo: Float64Array;

  constructor({ size, separator, random }: VocabularyOptions) {
    const words = makeWords(size, syllablesWithout(separator), random);
    this.#bytes = new TextEncoder().encode(words.join(""));
    this.#ends = new Uint32Array(size);
    this.#weightsUpTo = new Float64Array(size);
    let end = 0;
    let weight = 0;
    words.forEach((word, rank) => {
      this.#ends[rank] = end += word.length; // ASCII: a character is a byte
      this.#weightsUpTo[rank] = weight += 1 / (rank + 1);
    });
  }

  /** The caller must not change the bytes. */
  draw(random: Random): Uint8Array {
    const target = random() * this.#weightsUpTo[this.#weightsUpTo.length - 1];
    let low = 0;
    let high = this.#weightsUpTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#weightsUpTo[middle] > target) high = middle;
      else low = middle + 1;
    }
    return this.#bytes.subarray(low === 0 ? 0 : this.#ends[low - 1], this.#ends[low]);
  }
}

function syllablesWithout(separator: string): string[] {
  const allowed = (text: string) => [...text].filter((character) => !separator.includes(character));
  const syllables = allowed(CONSONANTS).flatMap((first) => allowed(VOWELS).map((second) => first + second));
  // A separator of 16 bytes can exclude all vowels or all consonants, but not all letters.
  return syllables.length > 1 ? syllables : allowed(LETTERS);
}

function makeWords(size: number, syllables: readonly string[], random: Random): string[] {
  const syllable = () => syllables[randomInteger(random, 0, syllables.length - 1)];
  const words = new Set<string>();
  while (words.size < size) {
    let word = "";
    for (let left = randomInteger(random, 1, MAX_SYLLABLES); left > 0; left--) word += syllable();
    while (words.has(word)) word += syllable();
    words.add(word);
  }
  return [...words];
}
