import { element } from "./element.ts";
import { visibleParts } from "./visible_word.ts";

/** A word as it may be shown: in a direction of its own, with marks for what cannot be seen. */
export function wordElement(word: string): HTMLElement {
  const parts = visibleParts(word).map(({ text, isMark }) =>
    isMark ? element("span", { class: "mark", dir: "ltr" }, text) : text
  );
  return element("bdi", { class: "word" }, ...parts);
}
