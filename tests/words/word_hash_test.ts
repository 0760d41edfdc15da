import assert from "node:assert/strict";
import { WordHash } from "../../lib/words/word_hash.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const encoder = new TextEncoder();

Deno.test("WordHash.hash() depends on the bytes alone", () => {
  const [a, b] = [new WordHash(), new WordHash()];
  const bytes = encoder.encode("--言葉--");
  a.hash(bytes, 2, bytes.length - 2);
  b.hash(encoder.encode("言葉"), 0, 6);
  assert.deepEqual([a.first, a.second], [b.first, b.second]);
  const table = new WordTable();
  const id = table.intern(encoder.encode("言葉"), 0, 6);
  b.hash(bytes, 0, 1);
  table.hashBy(b, id);
  assert.deepEqual([a.first, a.second], [b.first, b.second]);
  // Snapshots have these hashes.
  b.hash(encoder.encode("a"), 0, 1);
  assert.deepEqual([b.first, b.second], [-1491894497, 1992301861]);
});

Deno.test("WordHash.hash() spreads similar words evenly, by both numbers and independently", () => {
  const hash = new WordHash();
  const words = 1 << 16;
  const cells = [new Uint16Array(256), new Uint16Array(256), new Uint16Array(256)];
  for (let i = 0; i < words; i++) {
    const bytes = encoder.encode(`user-${i}`);
    hash.hash(bytes, 0, bytes.length);
    cells[0][hash.first >>> 24]++;
    cells[1][hash.second >>> 24]++;
    cells[2][(hash.first ^ hash.second) >>> 24]++;
  }
  // 256 a cell, with a standard deviation of 16.
  for (const counts of cells) assert.ok(counts.every((count) => Math.abs(count - 256) < 100), counts.join());
});
