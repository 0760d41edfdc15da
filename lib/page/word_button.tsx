import type { VNode } from "preact";
import { wordElement } from "./word_element.tsx";

/** A word in a table that a reader can choose. */
export function wordButton(word: string, onChoose: (word: string) => void): VNode {
  return <button type="button" class="choose" onClick={() => onChoose(word)}>{wordElement(word)}</button>;
}
