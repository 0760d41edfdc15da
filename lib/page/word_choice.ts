// The words in the chart. Each word has a slot, which fixes its colour while it stays.

import type { WindowHistory } from "./window_history.ts";

/** As many colours as readers can tell apart. */
export const SLOTS = 6;
/** Words that are chosen automatically, until the reader chooses. */
const FOLLOWED = 5;
/** An automatically chosen word leaves the chart below this rank. */
const FOLLOWED_RANK = 10;

export interface WordChoice {
  /** The word in each slot. */
  readonly words: readonly (string | undefined)[];
  /** Slots in the order in which they were filled. */
  readonly order: readonly number[];
  /** Whether the reader chose; otherwise the choice follows the top words. */
  readonly byHand: boolean;
}

export const NO_CHOICE: WordChoice = {
  words: Array.from({ length: SLOTS }, () => undefined),
  order: [],
  byHand: false,
};

/** Removes or adds the word. If all slots are taken, the word chosen longest ago goes. */
export function toggleWord(choice: WordChoice, word: string): WordChoice {
  const slot = choice.words.indexOf(word);
  const next = slot >= 0
    ? removeSlot(choice, slot)
    : putWord(choice.order.length === SLOTS ? removeSlot(choice, choice.order[0]) : choice, word);
  return { ...next, byHand: true };
}

/** Updates an automatic choice for the newest window. Words stay as long as they rank high enough. */
export function followTop(choice: WordChoice, history: WindowHistory): WordChoice {
  if (choice.byHand) return choice;
  const ranked = [...history.at(-1)?.top.keys() ?? []].slice(0, FOLLOWED_RANK);
  // A window without words gives no reason to change.
  if (ranked.length === 0) return choice;
  let next = choice;
  for (const slot of choice.order) {
    if (!ranked.includes(choice.words[slot]!)) next = removeSlot(next, slot);
  }
  for (const word of ranked) {
    if (next.order.length >= FOLLOWED) break;
    if (!next.words.includes(word)) next = putWord(next, word);
  }
  // The reader may have chosen more words than are followed.
  while (next.order.length > FOLLOWED) next = removeSlot(next, next.order[0]);
  return next;
}

/** Makes the choice automatic again. */
export function followAgain(choice: WordChoice): WordChoice {
  return { ...choice, byHand: false };
}

function removeSlot(choice: WordChoice, slot: number): WordChoice {
  return {
    ...choice,
    words: choice.words.with(slot, undefined),
    order: choice.order.filter((each) => each !== slot),
  };
}

/** A slot must be free. */
function putWord(choice: WordChoice, word: string): WordChoice {
  const slot = choice.words.indexOf(undefined);
  return { ...choice, words: choice.words.with(slot, word), order: [...choice.order, slot] };
}
