import assert from "node:assert/strict";
import { GroupIds } from "../../lib/merge/group_ids.ts";
import { findIds } from "../../lib/merge/pane_words.ts";
import { WordTable } from "../../lib/words/word_table.ts";

/** Adds words of eight bytes; returns their ids. */
function add(table: WordTable, count: number): Int32Array {
  const bytes = new TextEncoder().encode(
    Array.from({ length: count }, (_, i) => String(i).padStart(8, "0")).join(""),
  );
  const starts = Int32Array.from({ length: count }, (_, i) => 8 * i);
  return findIds({ bytes, starts, ends: starts.map((start) => start + 8) }, table);
}

Deno.test("GroupIds frees its memory after most words have been released, and knows the others", () => {
  const [sent, group] = [new WordTable(), new WordTable()];
  const ids = add(sent, 200_000);
  const groupIds = new GroupIds(sent, group);
  const found = groupIds.of(ids);
  assert.ok(groupIds.room >= 200_000);
  for (const id of ids.subarray(1_000)) sent.release(id);
  const left = ids.subarray(0, 1_000);
  assert.deepEqual(groupIds.of(left), found.subarray(0, 1_000));
  assert.ok(groupIds.room < 20_000, `room for ${groupIds.room} ids`);
  assert.deepEqual(groupIds.of(left), found.subarray(0, 1_000));
});
