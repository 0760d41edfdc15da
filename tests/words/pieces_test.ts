import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_WORD_BYTES, Pieces } from "../../lib/words/pieces.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const COMMA = encode(",");

/** Texts in one buffer, `gap` bytes apart; null stands for null. */
function lay(texts: readonly (string | null)[], gap: number) {
  const parts = texts.map((text) => encode(text ?? ""));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + gap, 0)).fill(0x2c);
  let at = 0;
  const starts = Int32Array.from(parts, (part, i) => {
    bytes.set(part, at);
    at += part.length + gap;
    return texts[i] === null ? -1 : at - part.length - gap;
  });
  return { bytes, starts, ends: starts.map((start, i) => start < 0 ? -1 : start + parts[i].length) };
}

/** All pieces of the texts in order, before empty ones are dropped. */
function split(texts: readonly (string | null)[], separator: string, gap = 1): string[] {
  const pieces = new Pieces();
  const found: string[] = [];
  for (let next = 0; next < texts.length;) {
    next = pieces.load(lay(texts, gap), next, texts.length);
    while (pieces.split(encode(separator))) {
      assert.ok(pieces.count <= pieces.capacity);
      const { bytes, starts, ends, count } = pieces;
      for (let i = 0; i < count; i++) found.push(decode(bytes.subarray(starts[i], ends[i])));
    }
  }
  return found;
}

Deno.test("Pieces.split() cuts texts where String.split() does, whatever bytes lie between the texts", () => {
  const part = fc.constantFrom(",", ",", "a", "b", "ab", ", ", "€", "", "word", "a longer word of 25 bytes");
  const text = fc.tuple(fc.array(part, { maxLength: 60 }), fc.constantFrom(1, 1, 1, 40)).map((
    [parts, times],
  ) => parts.join("").repeat(times));
  fc.assert(
    fc.property(
      fc.array(fc.option(text, { freq: 10 }), { minLength: 1, maxLength: 20 }),
      fc.constantFrom(",", ", ", "€", "ab", "a"),
      fc.constantFrom(0, 1, 7, 100),
      (texts, separator, gap) => {
        const expected = texts.flatMap((text) => text === null ? [] : text.split(separator));
        assert.deepEqual(split(texts, separator, gap), expected);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("Pieces.split() cuts more and larger texts than one batch holds", () => {
  const many = Array.from({ length: 3_000 }, (_, i) => `${i},x`);
  assert.deepEqual(split(many, ","), many.flatMap((text) => text.split(",")));
  const large = ["a", `${"x".repeat(1_000_000)},b`, "c,".repeat(300_000)];
  assert.deepEqual(split(large, ","), large.flatMap((text) => text.split(",")));
});

Deno.test("Pieces.prepare() drops empty pieces, and ASCII white space if told to trim", () => {
  const texts = ["a,, b ,\t\r\n,c\u00a0"];
  const prepared = (trim: boolean): string[] => {
    const pieces = new Pieces();
    pieces.load(lay(texts, 0), 0, 1);
    pieces.split(COMMA);
    pieces.prepare(trim);
    const { bytes, starts, ends, count } = pieces;
    return Array.from({ length: count }, (_, i) => decode(bytes.subarray(starts[i], ends[i])));
  };
  assert.deepEqual(prepared(true), ["a", "b", "c\u00a0"]);
  assert.deepEqual(prepared(false), ["a", " b ", "\t\r\n", "c\u00a0"]);
});

Deno.test("Pieces.prepareWord() computes the same key and hash as prepare() does for a piece", () => {
  const pieces = new Pieces();
  const words = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(fc.property(words, (words) => {
    pieces.load(lay(words, 1), 0, words.length);
    pieces.split(new Uint8Array(16).fill(0xff));
    pieces.prepare(false);
    words.map(encode).forEach((word, i) => {
      const at = pieces.prepareWord(word, 0, word.length);
      assert.deepEqual(pieces.bytes.slice(at, at + word.length), word);
      assert.deepEqual(keyAndHash(pieces, pieces.capacity), keyAndHash(pieces, i));
    });
  }));
});

function keyAndHash({ keys, hashes }: Pieces, index: number): number[] {
  return [...keys.subarray(index * 4, index * 4 + 4), hashes[index]];
}

Deno.test("Pieces.prepareWord() hashes all bytes of the longest words", () => {
  const pieces = new Pieces();
  const hashes = [0, 1, 17, 40_000, MAX_WORD_BYTES - 1].map((changed) => {
    const word = new Uint8Array(MAX_WORD_BYTES).fill(0x61);
    word[changed]++;
    pieces.prepareWord(word, 0, word.length);
    return pieces.hashes[pieces.capacity];
  });
  assert.equal(new Set(hashes).size, hashes.length);
});

const BUCKETS_LOG2 = 14;
const WORDS = 1 << BUCKETS_LOG2;
/** The average is 1 word a bucket. Some random keys are bad, most are not. */
const MOST_IN_A_BUCKET = 20;
const HASH_KEYS = 5;

/** Families of words of two or three 4-byte numbers that a simpler hash maps to one slot for any key. */
const FAMILIES: Record<string, (n: number) => number[]> = {
  "numbers in the first four bytes": (n) => [n, 0, 0],
  "numbers in the second four bytes": (n) => [0, n, 0],
  "numbers in the third four bytes": (n) => [0, 0, n],
  "upper bits of the first eight bytes": (n) => [0, n << (32 - BUCKETS_LOG2), 0],
  "upper bits in all places": (n) => [(n >> 10) << 27, (n >> 5) << 27, n << 27],
  "halves that undo each other": (n) => [(n >> 7) * 0x00010001, (n & 127) * 0x00010001, 0],
  "eights that undo each other": (n) => [n & 127, n >> 7, n & 127],
  "upper bits of two eights": (n) => [0, (n >> 7) << 25, 0, (n & 127) << 25],
  "eights that undo each other, long": (n) => [n & 127, n >> 7, n & 127, n >> 7, 0, 0],
  "two letters twice": (n) => [(0x61 + (n % 26)) * 0x01000100 + (0x61 + (n >> 5) % 26) * 0x00010001, n],
};

for (const [name, wordOf] of Object.entries(FAMILIES)) {
  Deno.test(`Pieces.prepareWord() spreads ${name}`, () => {
    const fullest = Array.from({ length: HASH_KEYS }, () => fullestBucket(wordOf)).toSorted((a, b) => a - b);
    assert.ok(fullest[HASH_KEYS >> 1] <= MOST_IN_A_BUCKET, `${fullest} in one bucket`);
  });
}

/** The size of the fullest bucket for a family of words, with a random key. */
function fullestBucket(wordOf: (n: number) => number[]): number {
  const pieces = new Pieces();
  const buckets = new Uint32Array(WORDS);
  for (let n = 0; n < WORDS; n++) {
    const word = new Uint8Array(Int32Array.from(wordOf(n)).buffer);
    pieces.prepareWord(word, 0, word.length);
    buckets[pieces.hashes[pieces.capacity] >>> (32 - BUCKETS_LOG2)]++;
  }
  return Math.max(...buckets);
}
