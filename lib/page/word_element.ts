import { element } from "./element.ts";
import { visibleParts } from "./visible_word.ts";

/** An element for a word: isolated text direction, and marks for what cannot be shown. */
export function wordElement(word: string): HTMLElement {
  const parts = visibleParts(word).map(({ text, isMark }) =>
    isMark ? element("span", { class: "mark", dir: "ltr" }, text) : text
  );
  return element("bdi", { class: "word" }, ...parts);
}
