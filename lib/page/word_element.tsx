import type { VNode } from "preact";
import { visibleParts } from "./visible_word.ts";

/** An element for a word: isolated text direction, and marks for what cannot be shown. */
export function wordElement(word: string): VNode {
  const parts = visibleParts(word).map(({ text, isMark }, index) =>
    isMark ? <span key={index} class="mark" dir="ltr">{text}</span> : text
  );
  return <bdi class="word">{parts}</bdi>;
}
