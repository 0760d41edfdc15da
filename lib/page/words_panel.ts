// The top words, and what is to be said about them.

import { byId, setText } from "./element.ts";
import { countOf, formatCount, formatDuration, formatMoment } from "./quantity.ts";
import type { Status } from "./status.ts";
import { topRows } from "./top_rows.ts";
import { MAX_KEPT_WORDS, type WindowHistory } from "./window_history.ts";
import type { WordChoice } from "./word_choice.ts";
import { WordList } from "./word_list.ts";

/** Words shown unless more are asked for. */
const FEW = 20;

export class WordsPanel {
  readonly #list: WordList;
  readonly #place = byId("word-list");
  readonly #more = byId("more");
  #showsMany = false;

  /** `onResize`: the reader wants more words, or fewer. */
  constructor({ onChoose, onResize }: { onChoose: (word: string) => void; onResize: () => void }) {
    this.#list = new WordList(this.#place, onChoose);
    this.#more.addEventListener("click", () => {
      this.#showsMany = !this.#showsMany;
      onResize();
    });
  }

  show({ windows, status, choice }: {
    readonly windows: WindowHistory;
    readonly status: Status | undefined;
    readonly choice: WordChoice;
  }): void {
    const newest = windows.at(-1);
    const limit = this.#showsMany ? MAX_KEPT_WORDS : FEW;
    this.#list.show(topRows(windows, limit), choice);
    // Room for all that may come, so that nothing below moves.
    const top = Math.min(status?.config.top ?? FEW, MAX_KEPT_WORDS);
    this.#place.style.setProperty("--rows", String(Math.min(top, limit)));
    this.#more.hidden = top <= FEW;
    this.#more.setAttribute("aria-expanded", String(this.#showsMany));
    setText(this.#more, this.#showsMany ? `Show ${FEW}` : `Show ${formatCount(top)}`);

    const empty = byId("words-empty");
    empty.hidden = newest !== undefined && newest.top.size > 0;
    if (newest === undefined) return;
    setText(empty, newest.records === 0 ? "No record in this window." : "No word in this window.");
    const { startMs, endMs, error } = newest;
    const moment = formatMoment(endMs, status?.now ?? endMs);
    const exact = error === 0 ? "exact" : `too high by ${countOf(error, "occurrence")} at most`;
    setText(
      byId("words-note"),
      `In the ${formatDuration(endMs - startMs)} before ${moment}; counts are ${exact}.`,
    );
  }
}
