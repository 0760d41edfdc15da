// KNOWN=5000000 takes so many known words instead of a few, plants 1,000 new ones among them, and prints what is found.

import assert from "node:assert/strict";
import { NewWordStream } from "./new_word_stream.ts";
import { times } from "./trend_stream.ts";

const LONG_WORDS = Deno.env.get("KNOWN");
const KNOWN_WORDS = Number(LONG_WORDS ?? 50_000);
const PLANTED = LONG_WORDS === undefined ? 100 : 1_000;
const WORDS_PER_PANE = KNOWN_WORDS / 50;
const MIN_COUNT = 2;
/** So many known words come back in the windows with the planted ones. */
const RETURNING = KNOWN_WORDS / 5;

Deno.test("NewWords finds all planted words among known ones, and names no known word", () => {
  const stream = new NewWordStream({ panes: 3, memoryPanes: 100_000, learnPanes: 10, minCount: MIN_COUNT });
  for (let from = 0; from < KNOWN_WORDS; from += WORDS_PER_PANE) {
    stream.add(Array.from({ length: WORDS_PER_PANE }, (_, n) => `known-${from + n}`));
    stream.close();
  }
  for (let pane = 0; pane < 5; pane++) {
    stream.add(["between"]);
    stream.close();
  }
  const found = new Set<string>();
  const panes = 10;
  for (let pane = 0; pane < panes; pane++) {
    const returning = Array.from({ length: RETURNING / panes }, (_, n) => {
      return times(`known-${(pane * RETURNING / panes + n) * 5}`, MIN_COUNT);
    });
    const planted = Array.from({ length: PLANTED / panes }, (_, n) => {
      return times(`planted-${pane * PLANTED / panes + n}`, MIN_COUNT);
    });
    stream.add([...returning.flat(), ...planted.flat()]);
    stream.close();
    for (const { word } of stream.newest()) found.add(word);
  }
  const falseNames = [...found].filter((word) => !word.startsWith("planted-"));
  const { missRate, bytes } = stream.newWords;
  if (LONG_WORDS !== undefined) {
    const plantedFound = `${
      found.size - falseNames.length
    } of ${PLANTED} found, ${falseNames.length} false names`;
    const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(
      `${plantedFound}, ${KNOWN_WORDS} known words in ${size}, a miss rate of ${missRate.toPrecision(3)}`,
    );
  }
  assert.deepEqual(falseNames, []);
  assert.equal(found.size, PLANTED);
  assert.ok(missRate * PLANTED < 0.001, `a miss rate of ${missRate}`);
});
