// This file renders the words that the stream did not have before.

import { render } from "preact";
import { byId, setText } from "./element.ts";
import { formatCount } from "./quantity.ts";
import type { Status } from "./status.ts";
import { visibleText } from "./visible_word.ts";
import type { ClosedWindow, NewWord } from "./window_history.ts";
import { windowNote } from "./window_note.ts";
import { wordButton } from "./word_button.tsx";

const NONE: readonly NewWord[] = [];
/** A smaller chance to miss a word is not mentioned. */
const SHOWN_MISS_RATE = 0.001;

/** Shows the new words of the newest window. */
export function showNewWords(
  newest: ClosedWindow | undefined,
  status: Status | undefined,
  onChoose: (word: string) => void,
): void {
  const words = newest?.newWords ?? NONE;
  const rows = words.map(([word, count]) => (
    <tr key={word}>
      <th scope="row" title={visibleText(word)}>{wordButton(word, onChoose)}</th>
      <td>{formatCount(count)}</td>
    </tr>
  ));
  render(rows, byId("new-rows"));
  byId("new-table").hidden = words.length === 0;
  setText(byId("new-empty"), words.length > 0 ? "" : whyEmpty(newest, status));
  if (newest === undefined) return;
  const missRate = status?.new?.miss_rate ?? 0;
  const missed = missRate < SHOWN_MISS_RATE
    ? ""
    : ` ${(100 * missRate).toFixed(1)} % of the new words are missed: there are very many words.`;
  setText(byId("new-note"), windowNote(newest, status, "did not come for a long time") + missed);
}

function whyEmpty(newest: ClosedWindow | undefined, status: Status | undefined): string {
  if (newest === undefined) return "No window yet.";
  if (status?.new === null) return "New words are not looked for: new_words is off.";
  if (status?.new.learning === true) return "The words of the stream are not known yet: no word is new.";
  return "No word is new.";
}
