import assert from "node:assert/strict";
import fc from "fast-check";
import { sharedPieces } from "../../lib/words/pieces.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function intern(table: WordTable, bytes: Uint8Array): number {
  return table.intern(bytes, 0, bytes.length);
}

function find(table: WordTable, bytes: Uint8Array): number {
  return table.find(bytes, 0, bytes.length);
}

/** No word in these tests contains it. */
const SEPARATOR = new Uint8Array(16).fill(0xff);

/** The results of `findSettled` for words joined in one text. */
function findSettled(table: WordTable, words: readonly Uint8Array[]): number[] {
  const pieces = sharedPieces();
  const bytes = Uint8Array.from(words.flatMap((word) => [...word]));
  let at = 0;
  const starts = Int32Array.from(words, (word) => (at += word.length) - word.length);
  const ends = Int32Array.from(words, (word, i) => starts[i] + word.length);
  pieces.load({ bytes, starts, ends }, 0, words.length);
  assert.ok(pieces.split(SEPARATOR));
  pieces.prepare(false);
  assert.equal(pieces.count, words.length);
  const ids = new Int32Array(pieces.capacity + 1);
  const found = table.findSettled(pieces, ids, 1);
  assert.equal(ids.filter((id, i) => i > 0 && i <= pieces.count && id >= 0).length, found);
  return Array.from(ids.subarray(1, pieces.count + 1));
}

Deno.test("WordTable.intern() returns one id per word and different ids for different words", () => {
  const table = new WordTable();
  const words = [
    "a",
    "a\0",
    "\0",
    "aaaa",
    "aaaaaaaa",
    "aaaaaaaa\0",
    "aaaaaaaaa",
    "123456789012",
    "1234567890123",
    "b".repeat(1000),
  ].map(
    encode,
  );
  const ids = words.map((word) => intern(table, word));
  assert.equal(new Set(ids).size, words.length);
  assert.deepEqual(words.map((word) => intern(table, word)), ids);
  assert.deepEqual(words.map((word) => find(table, word)), ids);
  assert.deepEqual(words.map((_, i) => encode(table.text(ids[i]))), words);
  assert.deepEqual(ids.map((id) => table.byteLength(id)), words.map((word) => word.length));
  assert.equal(find(table, encode("c")), -1);
  assert.equal(table.size, words.length);
});

Deno.test("WordTable.release() frees the id; the lowest free id is assigned first, and idLimit follows the last word", () => {
  const table = new WordTable();
  const ids = [..."abcd"].map((word) => intern(table, encode(word)));
  assert.deepEqual(ids, [0, 1, 2, 3]);
  table.release(1);
  table.release(3);
  assert.equal(table.idLimit, 3);
  assert.equal(find(table, encode("b")), -1);
  assert.equal(intern(table, encode("e")), 1);
  assert.equal(table.idLimit, 3);
  assert.equal(intern(table, encode("f")), 3);
});

Deno.test("WordTable.copyWords() writes words without a gap, and nothing beyond them", () => {
  const words = fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 20 }), { selector: String });
  fc.assert(fc.property(words, fc.nat(3), (words, shift) => {
    const table = new WordTable();
    const ids = Int32Array.from(words, (word) => intern(table, word));
    // The last word of the table is at the end of its memory, or others follow.
    assert.deepEqual([...table.byteLengths(ids)], words.map(({ length }) => length));
    for (const order of [ids, ids.toReversed()]) {
      const wanted = [...order].flatMap((id) => [...words[ids.indexOf(id)]]);
      const room = new Uint8Array(shift + wanted.length + 3);
      table.copyWords(order, room.subarray(shift, shift + wanted.length));
      assert.deepEqual([...room], [...new Array(shift).fill(0), ...wanted, 0, 0, 0]);
      let at = shift;
      for (const id of order) at = table.copyWord(id, room, at);
      assert.equal(at, shift + wanted.length);
      assert.deepEqual([...room.subarray(shift, at)], wanted);
    }
  }));
});

Deno.test("WordTable.copyWords() writes the last word of a full memory", () => {
  const table = new WordTable();
  // Together with their heads the words fill the first 4096 bytes.
  const words = Array.from({ length: 256 }, (_, i) => encode(String(i).padStart(12, "0")));
  const ids = Int32Array.from(words, (word) => intern(table, word));
  const room = new Uint8Array(12 * 256);
  table.copyWords(ids, room);
  assert.deepEqual(room, Uint8Array.from(words.flatMap((word) => [...word])));
});

Deno.test("WordTable.nextSerial is above all serials, and below none of a later word", () => {
  const table = new WordTable();
  const id = intern(table, encode("a"));
  const { nextSerial } = table;
  assert.ok(table.serial(id) < nextSerial);
  table.release(id);
  assert.ok(table.serial(intern(table, encode("b"))) >= nextSerial);
});

Deno.test("WordTable.compare() orders by UTF-8 bytes, not by UTF-16 units", () => {
  const table = new WordTable();
  const sorted = ["a", "ab", "b", "z", "ä", "\uffee", "😀"];
  const ids = sorted.map((word) => intern(table, encode(word)));
  for (let i = 0; i < ids.length; i++) {
    for (let j = 0; j < ids.length; j++) {
      assert.equal(Math.sign(table.compare(ids[i], ids[j])), Math.sign(i - j));
    }
  }
});

Deno.test("WordTable.findSettled() finds settled words only", () => {
  const table = new WordTable();
  const words = ["short", "rather long a word", "12345678", "123456789", "x"].map(encode);
  const ids = words.map((word) => intern(table, word));
  assert.deepEqual(findSettled(table, words), words.map(() => -1));
  for (const id of ids) table.settle(id);
  assert.deepEqual(findSettled(table, [...words, encode("y")]), [...ids, -1]);
  table.unsettleAll();
  assert.deepEqual(findSettled(table, words), words.map(() => -1));
});

Deno.test("WordTable.serial() differs between words that had the same id", () => {
  const table = new WordTable();
  const id = intern(table, encode("a"));
  const serial = table.serial(id);
  table.release(id);
  assert.equal(table.serial(id), -1);
  assert.equal(intern(table, encode("a")), id);
  assert.notEqual(table.serial(id), serial);
});

Deno.test("WordTable is a map from bytes to ids for any sequence of calls", () => {
  const word = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc.nat({ max: 2000 }).map((n) => encode(n.toString(2).padStart(n % 18, "0"))),
  );
  const action = fc.record({
    word,
    kind: fc.constantFrom("intern", "settle", "release", "forget", "unsettle", "find"),
  });
  fc.assert(
    fc.property(fc.array(action, { size: "large", maxLength: 600 }), (actions) => {
      const table = new WordTable();
      const model = new Map<string, { bytes: Uint8Array; id: number; settled: boolean }>();
      for (const { word, kind } of actions) {
        const key = word.join();
        const known = model.get(key);
        assert.equal(find(table, word), known?.id ?? -1);
        assert.deepEqual(findSettled(table, [word]), [known?.settled ? known.id : -1]);
        if (kind === "release" && known !== undefined) {
          table.release(known.id);
          model.delete(key);
        } else if (kind === "forget" && model.size > 10) {
          for (const [key, { id }] of [...model].slice(0, -3)) {
            table.release(id);
            model.delete(key);
          }
        } else if (kind === "settle" && known !== undefined) {
          table.settle(known.id);
          known.settled = true;
        } else if (kind === "unsettle" && word.length % 8 === 0) {
          table.unsettleAll();
          for (const entry of model.values()) entry.settled = false;
        } else if (kind === "intern" || kind === "settle") {
          const id = intern(table, word);
          if (known === undefined) model.set(key, { bytes: word, id, settled: false });
          else assert.equal(id, known.id);
        }
        assert.equal(table.size, model.size);
      }
      assert.equal(new Set([...model.values()].map(({ id }) => id)).size, model.size);
      assert.equal(table.idLimit, Math.max(0, ...[...model.values()].map(({ id }) => id + 1)));
      for (const { bytes, id, settled } of model.values()) {
        assert.equal(find(table, bytes), id);
        assert.deepEqual(findSettled(table, [bytes]), [settled ? id : -1]);
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("WordTable uses memory for the words in it, not for all words that ever were", () => {
  const table = new WordTable();
  const live = 20_000;
  const ids = new Int32Array(live).fill(-1);
  let mostBytes = 0;
  for (let i = 0; i < 1_200_000; i++) {
    const oldest = ids[i % live];
    if (oldest >= 0) table.release(oldest);
    ids[i % live] = intern(table, encode(`word number ${i}`));
    if (i % 1000 === 0) mostBytes = Math.max(mostBytes, table.memoryBytes);
  }
  assert.equal(table.size, live);
  assert.equal(table.idLimit, live);
  assert.ok(mostBytes < live * 150, `${mostBytes} bytes`);
});

Deno.test("WordTable frees memory after many words were released", () => {
  const table = new WordTable();
  const before = table.memoryBytes;
  const ids = Array.from({ length: 200_000 }, (_, i) => intern(table, encode(`word number ${i}`)));
  assert.ok(table.memoryBytes > 200_000 * 20);
  for (const id of ids.slice(10)) table.release(id);
  assert.ok(table.memoryBytes < before * 4, `${table.memoryBytes} bytes`);
  assert.deepEqual(
    ids.slice(0, 10).map((id) => table.text(id)),
    ids.slice(0, 10).map((id) => `word number ${id}`),
  );
});
