import assert from "node:assert/strict";
import fc from "fast-check";
import {
  followAgain,
  followTop,
  NO_CHOICE,
  SLOTS,
  toggleWord,
  type WordChoice,
} from "../../lib/page/word_choice.ts";
import { windowOf } from "./windows.ts";

/** A window with these words in this order. */
function ranked(...words: string[]) {
  return [windowOf(Object.fromEntries(words.map((word, index) => [word, 100 - index])))];
}

const chosen = ({ words }: WordChoice) => words.filter((word) => word !== undefined);

Deno.test("followTop() chooses the first words and keeps each in its slot while it ranks high", () => {
  const first = followTop(NO_CHOICE, ranked("a", "b", "c", "d", "e", "f"));
  assert.deepEqual(first.words, ["a", "b", "c", "d", "e", undefined]);
  // "a" has fallen to the sixth place, which is no reason to change the lines.
  assert.equal(followTop(first, ranked("f", "b", "c", "d", "e", "a")).words.join(), first.words.join());
  const later = followTop(first, ranked("f", "b", "x", "d", "e", "p", "q", "r", "s", "t", "a", "c"));
  assert.deepEqual(later.words, ["f", "b", "x", "d", "e", undefined]);
  assert.equal(followTop(first, ranked()), first);
});

Deno.test("toggleWord() adds and removes words, and the choice then stays the reader's", () => {
  let choice = followTop(NO_CHOICE, ranked("a", "b"));
  choice = toggleWord(choice, "c");
  assert.deepEqual(chosen(choice), ["a", "b", "c"]);
  choice = toggleWord(choice, "a");
  assert.deepEqual(choice.words.slice(0, 3), [undefined, "b", "c"]);
  assert.equal(followTop(choice, ranked("x", "y", "z")), choice);
  assert.deepEqual(chosen(followTop(followAgain(choice), ranked("x", "y", "b"))), ["x", "b", "y"]);
});

Deno.test("toggleWord() removes the word chosen longest ago if there is no free slot", () => {
  let choice = NO_CHOICE;
  for (const word of "abcdefg") choice = toggleWord(choice, word);
  assert.deepEqual(choice.words, ["g", "b", "c", "d", "e", "f"]);
});

Deno.test("a choice has no word twice, and its order is that of its slots, after any calls", () => {
  const words = [..."abcdefghijkl"];
  const step = fc.oneof(
    fc.constantFrom(...words).map((word) => (choice: WordChoice) => toggleWord(choice, word)),
    fc.shuffledSubarray(words).map((top) => (choice: WordChoice) => followTop(choice, ranked(...top))),
    fc.constant(followAgain),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    const choice = steps.reduce((before, apply) => apply(before), NO_CHOICE);
    assert.equal(choice.words.length, SLOTS);
    assert.equal(new Set(chosen(choice)).size, chosen(choice).length);
    const filled = [...choice.words.keys()].filter((slot) => choice.words[slot] !== undefined);
    assert.deepEqual(choice.order.toSorted(), filled);
  }));
});
