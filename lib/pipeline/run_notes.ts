// RunNotes decides which runs of records are noted as the places of their words. Up to a rate all of them are, beyond it
// one run in n. So the cost has a bound, and no partition is preferred.

import type { NotedWords } from "../extraction/record_texts.ts";
import type { LastPlaces, PlacedWords } from "../words/last_places.ts";

/** A word takes some 20 ns, so this is 0.2 % of a core. */
export const NOTED_WORDS_PER_SECOND = 100_000;
const NOTED_WORDS_PER_MS = NOTED_WORDS_PER_SECOND / 1_000;

export class RunNotes implements NotedWords {
  readonly #places: LastPlaces;
  #run = { partition: 0, startMs: 0 };
  /** The words that may be noted at once: those of a second at most. */
  #allowed = NOTED_WORDS_PER_SECOND;
  #allowedAtMs = -Infinity;
  /** One in so many runs of this turn is noted. */
  #step = 1;
  #runs = 0;
  #wordsPerRun = 0;

  constructor(places: LastPlaces) {
    this.#places = places;
  }

  /** `nowMs` is monotonic. */
  beginTurn(nowMs: number): void {
    const earned = (nowMs - this.#allowedAtMs) * NOTED_WORDS_PER_MS;
    this.#allowed = Math.min(NOTED_WORDS_PER_SECOND, this.#allowed + earned);
    this.#allowedAtMs = nowMs;
    // A turn is expected to be as the one before.
    if (this.#allowed > 0) this.#step = Math.ceil(this.#runs * this.#wordsPerRun / this.#allowed);
    this.#runs = 0;
  }

  /** Takes the words of a run in the slide that starts at `startMs`; undefined where the run is not noted. */
  ofRun(run: { readonly partition: number; readonly startMs: number }): NotedWords | undefined {
    this.#runs++;
    // By chance, since a fixed step could meet the same partitions in every turn.
    if (this.#allowed <= 0 || (this.#step > 1 && Math.random() * this.#step >= 1)) return undefined;
    this.#wordsPerRun = 0;
    this.#run = run;
    return this;
  }

  note(words: PlacedWords): void {
    this.#places.note(words, this.#run);
    this.#wordsPerRun += words.idCount;
    this.#allowed -= words.idCount;
  }
}
