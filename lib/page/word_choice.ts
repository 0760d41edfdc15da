// Which words the chart shows. Each has a slot, which gives it its colour for as long as it stays.

import type { WindowHistory } from "./window_history.ts";

/** As many as can be told apart. */
export const SLOTS = 6;
/** Chosen by themselves, until the reader chooses. */
const FOLLOWED = 5;
/** A word that was chosen by itself goes when it has fallen behind so many. */
const FOLLOWED_RANK = 10;

export interface WordChoice {
  /** By slot. */
  readonly words: readonly (string | undefined)[];
  /** Slots in the order in which they were filled. */
  readonly order: readonly number[];
  /** Whether the reader has chosen; else the choice follows the top. */
  readonly byHand: boolean;
}

export const NO_CHOICE: WordChoice = {
  words: Array.from({ length: SLOTS }, () => undefined),
  order: [],
  byHand: false,
};

/** Takes the word out, or in; with one too many, the one chosen longest ago goes. */
export function toggleWord(choice: WordChoice, word: string): WordChoice {
  const slot = choice.words.indexOf(word);
  const next = slot >= 0
    ? removeSlot(choice, slot)
    : putWord(choice.order.length === SLOTS ? removeSlot(choice, choice.order[0]) : choice, word);
  return { ...next, byHand: true };
}

/** What a choice that was not made by hand becomes with the newest window: calm, no word comes or goes without need. */
export function followTop(choice: WordChoice, history: WindowHistory): WordChoice {
  if (choice.byHand) return choice;
  const ranked = [...history.at(-1)?.top.keys() ?? []].slice(0, FOLLOWED_RANK);
  // A window without words says nothing about which are of interest.
  if (ranked.length === 0) return choice;
  let next = choice;
  for (const slot of choice.order) {
    if (!ranked.includes(choice.words[slot]!)) next = removeSlot(next, slot);
  }
  for (const word of ranked) {
    if (next.order.length >= FOLLOWED) break;
    if (!next.words.includes(word)) next = putWord(next, word);
  }
  // The reader may have let go of more than are followed.
  while (next.order.length > FOLLOWED) next = removeSlot(next, next.order[0]);
  return next;
}

/** Lets the choice follow the top again. */
export function letGo(choice: WordChoice): WordChoice {
  return { ...choice, byHand: false };
}

function removeSlot(choice: WordChoice, slot: number): WordChoice {
  return {
    ...choice,
    words: choice.words.with(slot, undefined),
    order: choice.order.filter((each) => each !== slot),
  };
}

/** There must be a free slot. */
function putWord(choice: WordChoice, word: string): WordChoice {
  const slot = choice.words.indexOf(undefined);
  return { ...choice, words: choice.words.with(slot, word), order: [...choice.order, slot] };
}
