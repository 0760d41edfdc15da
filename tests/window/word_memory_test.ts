// The memory of all words under a stream of distinct words, in a sixteenth of the shipped size. ARCHITECTURE.md adds it up.

import assert from "node:assert/strict";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const MAX_WORD_BYTES = 4 * 2 ** 20;
const MAX_WORDS = 100_000 / 16;
const PANES = 92;
const WORDS_PER_RUN = 500;
/** The rows of the word table in ARCHITECTURE.md: 716 MiB for 64 MiB of words. */
const MAX_MEMORY_PER_WORD_BYTE = 11.2;

for (const length of [8, 40, 256]) {
  Deno.test(`SlidingWindow.maxWordBytes bounds the memory of distinct words of ${length} bytes`, () => {
    const words = new WordTable();
    const window = new SlidingWindow({
      lengthMs: 60_000,
      slideMs: 2_000,
      top: 20,
      words,
      maxWords: MAX_WORDS,
      maxWordBytes: MAX_WORD_BYTES,
    });
    const word = new Uint8Array(length).fill(0x78);
    const view = new DataView(word.buffer);
    const ids = new Int32Array(WORDS_PER_RUN);
    let made = 0;
    let memoryBytes = 0;
    for (let pane = 0; pane < PANES; pane++) {
      for (let run = 0; run * WORDS_PER_RUN < MAX_WORDS; run++) {
        for (let i = 0; i < WORDS_PER_RUN; i++) {
          view.setUint32(0, made++);
          ids[i] = words.intern(word, 0, length);
        }
        window.select(pane * 2_000);
        window.add(ids, WORDS_PER_RUN, 1);
        memoryBytes = Math.max(memoryBytes, words.memoryBytes);
      }
    }
    assert.ok(words.heldBytes < MAX_WORD_BYTES + PANES * 256 * (length + 16));
    const perByte = memoryBytes / MAX_WORD_BYTES;
    assert.ok(perByte < MAX_MEMORY_PER_WORD_BYTE, `${perByte} bytes of memory a byte of words`);
  });
}
