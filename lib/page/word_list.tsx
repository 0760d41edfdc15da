// The list of top words as bars. A row belongs to its word while the word is shown, and moves with its rank.

import { render, type VNode } from "preact";
import { formatCount, formatShare } from "./quantity.ts";
import { changeText, type RestRow, type TopRow } from "./top_rows.ts";
import { visibleText } from "./visible_word.ts";
import type { WordChoice } from "./word_choice.ts";
import { wordElement } from "./word_element.tsx";

const MOVE_MS = 450;

/** The parts of a row that stay while it is shown, since a long word takes time to escape. */
interface ShownWord {
  /** Position in the list. */
  readonly index: number;
  readonly title: string;
  readonly element: VNode;
}

export class WordList {
  readonly #list: HTMLElement;
  readonly #onChoose: (word: string) => void;
  readonly #stillness = matchMedia("(prefers-reduced-motion: reduce)");
  #shown: ReadonlyMap<string, ShownWord> = new Map();

  constructor(list: HTMLElement, onChoose: (word: string) => void) {
    this.#list = list;
    this.#onChoose = onChoose;
  }

  show(rows: readonly TopRow[], rest: RestRow | undefined, choice: WordChoice): void {
    const focused = document.activeElement;
    const before = this.#shown;
    this.#shown = new Map(rows.map(({ word }, index) => {
      const { title = visibleText(word), element = wordElement(word) } = before.get(word) ?? {};
      return [word, { index, title, element }];
    }));
    const items = rows.map((row) => this.#item(row, choice.words.indexOf(row.word)));
    render([...items, ...(rest === undefined ? [] : [restItem(rest)])], this.#list);
    // Moving a row drops the focus, so set it again.
    if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });
    }
    if (!this.#stillness.matches && !document.hidden && before.size > 0) this.#animateFrom(before);
  }

  #item({ word, count, ofLargest, share, change }: TopRow, slot: number): VNode {
    const { title, element } = this.#shown.get(word)!;
    const direction = typeof change === "number" ? Math.sign(change) : 0;
    return (
      <li key={word}>
        <button
          type="button"
          class="row"
          title={title}
          data-slot={slot}
          aria-pressed={slot >= 0}
          onClick={() => this.#onChoose(word)}
        >
          <span class="bar" style={{ transform: `scaleX(${ofLargest})` }} />
          <span class="swatch" />
          {element}
          <span class="count">{formatCount(count)}</span>
          <span class="share">{formatShare(share)}</span>
          <span class="change" data-direction={direction}>{changeText(change)}</span>
        </button>
      </li>
    );
  }

  /** All rows have the same height, so the old index gives the old position. */
  #animateFrom(before: ReadonlyMap<string, ShownWord>): void {
    const height = this.#list.firstElementChild?.clientHeight ?? 0;
    for (const [word, { index }] of this.#shown) {
      const old = before.get(word);
      if (old?.index === index) continue;
      const from = old === undefined
        ? { opacity: 0 }
        : { transform: `translateY(${(old.index - index) * height}px)` };
      const to = old === undefined ? { opacity: 1 } : { transform: "none" };
      this.#list.children[index].animate([from, to], {
        duration: MOVE_MS,
        easing: "cubic-bezier(0.2, 0, 0, 1)",
      });
    }
  }
}

/** The last row. No word has this key, since the key of a word's row is the word itself, and this one is no text. */
function restItem({ count, share }: RestRow): VNode {
  return (
    <li key={-1}>
      <div class="row rest">
        <span />
        <span>everything else</span>
        <span class="count">{formatCount(count)}</span>
        <span class="share">{formatShare(share)}</span>
      </div>
    </li>
  );
}
