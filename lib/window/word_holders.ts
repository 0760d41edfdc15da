// Which words are held at all: by id, in how many runs of counts, dense or sparse, of whatever pane. A word that
// nobody holds any more goes back to its table, but not at once: its id may stand once more among those that are just
// being added, and must not become another word's before they are.

/** Arrays by word id are many: were they to double, half of a lot of memory could lie idle. */
const GROWTH = 1.25;

export class WordHolders {
  readonly #words: { release(id: number): void };
  #counts = new Uint32Array(0);
  /** Ids that had their last holder taken away; some have found another since, some are here twice. */
  #idle: number[] = [];

  /** `words` gets back the words that nobody holds any more. */
  constructor(words: { release(id: number): void }) {
    this.#words = words;
  }

  /** By word id. Whoever begins to hold a word raises its number here; valid up to the next `reserve`. */
  get counts(): Uint32Array {
    return this.#counts;
  }

  /** Makes room for all ids below `idLimit`. */
  reserve(idLimit: number): void {
    if (this.#counts.length >= idLimit) return;
    const counts = new Uint32Array(Math.max(idLimit, Math.ceil(this.#counts.length * GROWTH)));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  /** Each of the words has one holder more. */
  addAll(ids: Int32Array): void {
    const counts = this.#counts;
    for (let i = 0; i < ids.length; i++) counts[ids[i]]++;
  }

  /** The word has one holder less. */
  drop(id: number): void {
    if (--this.#counts[id] === 0) this.#idle.push(id);
  }

  /** Each of the words has one holder less. */
  dropAll(ids: Int32Array): void {
    const counts = this.#counts;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (--counts[id] === 0) this.#idle.push(id);
    }
  }

  /** Gives back the words that lost their last holder. No id of theirs may be waiting to be added. */
  releaseIdle(): void {
    if (this.#idle.length === 0) return;
    const counts = this.#counts;
    // A holder of their own marks those that are taken along, so that each is given back once.
    const idle = this.#idle.filter((id) => counts[id] === 0 && (counts[id] = 1));
    this.#idle = [];
    for (const id of idle) {
      counts[id] = 0;
      this.#words.release(id);
    }
  }

  /** Gives back all words; nobody holds any. O(word ids). */
  releaseAll(): void {
    const counts = this.#counts;
    for (let id = 0; id < counts.length; id++) if (counts[id] > 0) this.#words.release(id);
    counts.fill(0);
    this.#idle = [];
  }
}
