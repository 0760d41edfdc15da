// LastPlaces knows for each word a record in which it occurs: the newest one that has been noted. Noting every
// occurrence would take a tenth of the time, so under load the caller notes a part of the records only.

const NOWHERE = -1;

/** A record, by the index of its partition in the assignment, and by its offset. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** Words of records of one partition that are in one slide of time. */
export interface PlacedWords {
  /** The first `idCount` of `ids`. */
  readonly ids: Int32Array;
  readonly idCount: number;
  /** Parallel to the ids: the index of the text in which the word stands. */
  readonly textIndexes: Int32Array;
  /** By the index of a text: the offset of its record. */
  readonly offsets: Float64Array;
}

/** By word id; the owner of the ids says how many there are, and which ones name another word. */
export class LastPlaces {
  readonly #slideMs: number;
  /** offset * partitions + partition, or NOWHERE. */
  #places = new Float64Array(0);
  /** The last 32 bits of the number of the slide that the record is in. */
  #slides = new Int32Array(0);
  #partitions = 1;

  constructor({ slideMs }: { readonly slideMs: number }) {
    this.#slideMs = slideMs;
  }

  /** Twelve bytes for each id. */
  get memoryBytes(): number {
    return this.#places.byteLength + this.#slides.byteLength;
  }

  /** Makes room for the ids below `capacity` and keeps the places of those below `kept`. */
  resize(capacity: number, kept: number): void {
    const places = new Float64Array(capacity).fill(NOWHERE, kept);
    places.set(this.#places.subarray(0, kept));
    this.#places = places;
    const slides = new Int32Array(capacity);
    slides.set(this.#slides.subarray(0, kept));
    this.#slides = slides;
  }

  /** The id names another word from now on. */
  forget(id: number): void {
    this.#places[id] = NOWHERE;
  }

  /** Forgets all places. The next ones are in an assignment of so many partitions. O(ids). */
  begin(partitions: number): void {
    this.#partitions = partitions;
    this.#places.fill(NOWHERE);
  }

  /**
   * Notes words of records in the slide that starts at `startMs`. A word keeps a place in a later slide. Within a slide
   * the record noted last is the newest; in a partition, the one with the largest offset.
   */
  note({ ids, idCount, textIndexes, offsets }: PlacedWords, { partition, startMs }: {
    readonly partition: number;
    readonly startMs: number;
  }): void {
    const [places, slides, partitions] = [this.#places, this.#slides, this.#partitions];
    const slide = this.#slideNumber(startMs);
    for (let i = 0; i < idCount; i++) {
      const id = ids[i];
      const place = offsets[textIndexes[i]] * partitions + partition;
      const before = places[id];
      if (before !== NOWHERE) {
        const later = (slide - slides[id]) | 0;
        if (later < 0) continue;
        if (later === 0 && before > place && before % partitions === partition) continue;
      }
      places[id] = place;
      slides[id] = slide;
    }
  }

  /** The place of the word, if it is in a slide that starts at `fromMs` or later; otherwise undefined. */
  placeOf(id: number, fromMs: number): Place | undefined {
    const place = this.#places[id];
    if (!(place >= 0 && place <= Number.MAX_SAFE_INTEGER)) return undefined;
    if (((this.#slides[id] - this.#slideNumber(fromMs)) | 0) < 0) return undefined;
    const partition = place % this.#partitions;
    return { partition, offset: (place - partition) / this.#partitions };
  }

  #slideNumber(startMs: number): number {
    return Math.round(startMs / this.#slideMs) | 0;
  }
}
