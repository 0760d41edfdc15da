// MEMORY=100000000 adds so many words instead of a few, each in the generation that is current then, and prints the results.

import assert from "node:assert/strict";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { GrowingFilter } from "../../lib/trends/growing_filter.ts";
import { GENERATIONS, MAX_CELLS, SeenWords } from "../../lib/trends/seen_words.ts";
import { MAX_FILTER_CELLS, MIN_FILTER_CELLS } from "../../lib/trends/word_filter.ts";

const LONG_WORDS = Deno.env.get("MEMORY");
/** The short form has filters of the same shape, 512 times smaller. */
const SMALL_CELLS = MAX_FILTER_CELLS / 512;
const FILTER_CELLS = LONG_WORDS === undefined ? SMALL_CELLS : MAX_FILTER_CELLS;
const KNOWN_WORDS = Number(LONG_WORDS ?? 200_000);
const PROBES = 100_000;
const MAX_BYTES = MAX_CELLS / MAX_FILTER_CELLS * FILTER_CELLS * Uint32Array.BYTES_PER_ELEMENT;

class RandomWords {
  readonly #random;
  readonly word = { first: 0, second: 0 };

  constructor(seed: number) {
    this.#random = seededRandom(seed, 0);
  }

  next(): { readonly first: number; readonly second: number } {
    this.word.first = this.#random() * 2 ** 32;
    this.word.second = this.#random() * 2 ** 32;
    return this.word;
  }
}

Deno.test("SeenWords keep to their bytes and to their error, however many words there are", () => {
  const seen = new SeenWords(GENERATIONS, { filterCells: FILTER_CELLS });
  const words = new RandomWords(1);
  for (let generation = 0; generation < GENERATIONS; generation++) {
    seen.advance(generation);
    for (let n = 0; n < KNOWN_WORDS / GENERATIONS; n++) seen.add(words.next());
    assert.ok(seen.bytes <= MAX_BYTES, `${seen.bytes} bytes in generation ${generation}`);
  }
  const known = new RandomWords(1);
  for (let n = 0; n < PROBES; n++) if (!seen.has(known.next())) assert.fail(`word ${n} is forgotten`);
  const others = new RandomWords(2);
  let missed = 0;
  for (let n = 0; n < PROBES; n++) if (seen.has(others.next())) missed++;
  const wanted = seen.falseShare * PROBES;
  if (LONG_WORDS !== undefined) {
    const size = `${KNOWN_WORDS} words in ${(seen.bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(`${size}, a miss rate of ${seen.falseShare.toPrecision(3)}, measured ${missed / PROBES}`);
  }
  assert.ok(Math.abs(missed - wanted) <= 4 * Math.sqrt(wanted) + 1, `${missed}, expected ${wanted}`);
  // The words of one more generation replace those of the first one.
  seen.advance(GENERATIONS + 1);
  for (let n = 0; n < KNOWN_WORDS / GENERATIONS; n++) seen.add(words.next());
  assert.ok(seen.bytes <= MAX_BYTES);
});

Deno.test("SeenWords: the fullest filter is folded last", () => {
  const seen = new SeenWords(GENERATIONS, { filterCells: SMALL_CELLS });
  const words = new RandomWords(3);
  for (let generation = 0; generation < GENERATIONS; generation++) {
    seen.advance(generation);
    const added = (generation === 0 ? 3 : 1) * SMALL_CELLS;
    for (let n = 0; n < added; n++) seen.add(words.next());
  }
  const [fullest, ...others] = seen.save().generations;
  assert.equal("filter" in fullest && fullest.filter.cells, SMALL_CELLS);
  assert.ok(others.some((one) => "filter" in one && one.filter.cells < SMALL_CELLS));
});

Deno.test("SeenWords forget a generation as a whole", () => {
  const seen = new SeenWords(80);
  const word = { first: 7, second: 9 };
  seen.advance(9);
  seen.add(word);
  seen.advance(89);
  assert.ok(seen.has(word));
  seen.advance(90);
  assert.ok(!seen.has(word));
});

Deno.test("SeenWords that few words were added to take few bytes", () => {
  const seen = new SeenWords(80);
  const words = new RandomWords(4);
  for (let pane = 0; pane < 80; pane++) {
    seen.advance(pane);
    for (let n = 0; n < 10; n++) seen.add(words.next());
  }
  assert.ok(seen.bytes < 100 * 1024, `${seen.bytes} bytes`);
});

Deno.test("GrowingFilter has all words at each size, and the same size after a restore", () => {
  const maxCells = 2 ** 18;
  const listed = maxCells / 32;
  const growing = new GrowingFilter(maxCells);
  const words = new RandomWords(5);
  const sizes = new Set<number>();
  for (let n = 0; n < listed + 1_000; n++) {
    growing.add(words.next());
    sizes.add(growing.filter.cells);
    if (n % 1_000 === 0 && growing.hashes !== undefined) {
      const restored = GrowingFilter.ofHashes(growing.hashes, maxCells);
      assert.equal(restored.filter.cells, growing.filter.cells);
      assert.equal(restored.filter.fill, growing.filter.fill);
    }
    assert.ok(growing.filter.falseShare < 1e-9, `${growing.filter.falseShare} at ${n}`);
  }
  assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [MIN_FILTER_CELLS, maxCells]);
  assert.equal(growing.hashes, undefined);
  const again = new RandomWords(5);
  for (let n = 0; n < listed + 1_000; n++) assert.ok(growing.filter.has(again.next()));
});
