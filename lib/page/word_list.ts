// The list of top words as bars. A row belongs to its word while the word is shown, and moves with its rank.

import { element, setText } from "./element.ts";
import { formatCount } from "./quantity.ts";
import { changeText, type TopRow } from "./top_rows.ts";
import { visibleText } from "./visible_word.ts";
import type { WordChoice } from "./word_choice.ts";
import { wordElement } from "./word_element.ts";

const MOVE_MS = 450;

interface Row {
  readonly item: HTMLElement;
  readonly button: HTMLElement;
  readonly bar: HTMLElement;
  readonly change: HTMLElement;
  readonly count: HTMLElement;
  /** Position in the list. */
  index: number;
}

export class WordList {
  readonly #list: HTMLElement;
  readonly #onChoose: (word: string) => void;
  readonly #stillness = matchMedia("(prefers-reduced-motion: reduce)");
  #rows = new Map<string, Row>();

  constructor(list: HTMLElement, onChoose: (word: string) => void) {
    this.#list = list;
    this.#onChoose = onChoose;
  }

  show(shown: readonly TopRow[], choice: WordChoice): void {
    const focused = document.activeElement;
    const before = this.#rows;
    const rows = new Map<string, Row>();
    const moved: { readonly row: Row; readonly by: number | undefined }[] = [];
    shown.forEach((each, index) => {
      const known = before.get(each.word);
      const row = known ?? this.#makeRow(each.word);
      if (known === undefined) moved.push({ row, by: undefined });
      else if (known.index !== index) moved.push({ row, by: known.index - index });
      row.index = index;
      rows.set(each.word, row);
      fill(row, each, choice.words.indexOf(each.word));
    });
    for (const [word, { item }] of before) if (!rows.has(word)) item.remove();
    this.#rows = rows;
    this.#arrange();
    // Moving a row drops the focus, so set it again.
    if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });
    }
    if (!this.#stillness.matches && !document.hidden && before.size > 0) this.#animate(moved);
  }

  #makeRow(word: string): Row {
    const bar = element("span", { class: "bar" });
    const change = element("span", { class: "change" });
    const count = element("span", { class: "count" });
    const button = element(
      "button",
      { type: "button", class: "row", title: visibleText(word) },
      bar,
      element("span", { class: "swatch" }),
      wordElement(word),
      count,
      change,
    );
    button.addEventListener("click", () => this.#onChoose(word));
    return { item: element("li", {}, button), button, bar, change, count, index: -1 };
  }

  /** Puts the rows in order without touching those that are in place. */
  #arrange(): void {
    let next = this.#list.firstElementChild;
    for (const { item } of this.#rows.values()) {
      if (item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(item, next);
    }
  }

  /** All rows have the same height, so the old index gives the old position. */
  #animate(moved: readonly { readonly row: Row; readonly by: number | undefined }[]): void {
    const height = this.#list.firstElementChild?.clientHeight ?? 0;
    for (const { row: { item }, by } of moved) {
      const from = by === undefined ? { opacity: 0 } : { transform: `translateY(${by * height}px)` };
      const to = by === undefined ? { opacity: 1 } : { transform: "none" };
      item.animate([from, to], { duration: MOVE_MS, easing: "cubic-bezier(0.2, 0, 0, 1)" });
    }
  }
}

function fill({ button, bar, change, count }: Row, row: TopRow, slot: number): void {
  setText(count, formatCount(row.count));
  const text = changeText(row.change);
  setText(change, text);
  const direction = row.change.kind === "by" ? Math.sign(row.change.by) : 0;
  change.dataset.direction = String(direction);
  bar.style.transform = `scaleX(${row.share})`;
  button.dataset.slot = String(slot);
  button.setAttribute("aria-pressed", String(slot >= 0));
}
