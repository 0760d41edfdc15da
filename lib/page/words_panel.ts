// The WordsPanel shows the list of top words, a button for more of them, and a note that names the window and the error
// of its counts.

import { byId, setText } from "./element.ts";
import { countOf, formatCount, formatDuration, formatMoment } from "./quantity.ts";
import type { Status } from "./status.ts";
import { restRow, topRows } from "./top_rows.ts";
import { MAX_KEPT_WORDS, type WindowHistory } from "./window_history.ts";
import type { WordChoice } from "./word_choice.ts";
import { WordList } from "./word_list.tsx";

/** Words shown at first. */
const FEW = 20;

export class WordsPanel {
  readonly #list: WordList;
  readonly #place = byId("word-list");
  readonly #more = byId("more");
  #showsMany = false;

  /** `onResize`: the reader asked for more or fewer words. */
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
    const rows = topRows(windows, limit);
    this.#list.show(rows, restRow(windows, rows), choice);
    // Reserve the height of all possible rows and of the rest, so that nothing below moves.
    const top = Math.min(status?.config.top ?? FEW, MAX_KEPT_WORDS);
    this.#place.style.setProperty("--rows", String(Math.min(top, limit) + 1));
    this.#more.hidden = top <= FEW;
    this.#more.setAttribute("aria-expanded", String(this.#showsMany));
    setText(this.#more, this.#showsMany ? `Show ${FEW}` : `Show ${formatCount(top)}`);

    const empty = byId("words-empty");
    empty.hidden = newest !== undefined && newest.top.size > 0;
    if (newest === undefined) return;
    setText(empty, newest.records === 0 ? "No record in this window." : "No word in this window.");
    const { startMs, endMs, error } = newest;
    const moment = formatMoment(endMs, status?.now ?? endMs);
    const exact = error === 0 ? "exact" : `at most ${countOf(error, "occurrence")} too high`;
    setText(
      byId("words-note"),
      `In the ${formatDuration(endMs - startMs)} before ${moment}${groupNote(status)}; counts are ${exact}.`,
    );
  }
}

/** The windows of a whole group look like those of one process, so the note says which they are. */
function groupNote(status: Status | undefined): string {
  if (status === undefined || status.group === null) return "";
  const { members, partitions } = status.group;
  return `, of ${countOf(partitions, "partition")} in a group of ${countOf(members, "member")}`;
}
