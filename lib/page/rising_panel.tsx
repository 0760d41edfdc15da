// This file renders the words that come far more often than usual.

import { render } from "preact";
import { byId, setText } from "./element.ts";
import { formatCount, formatExpected, formatFactor } from "./quantity.ts";
import type { Status } from "./status.ts";
import { visibleText } from "./visible_word.ts";
import type { ClosedWindow, RisingWord } from "./window_history.ts";
import { windowNote } from "./window_note.ts";
import { wordButton } from "./word_button.tsx";

const NONE: readonly RisingWord[] = [];

/** Shows the rising words of the newest window. */
export function showRising(
  newest: ClosedWindow | undefined,
  status: Status | undefined,
  onChoose: (word: string) => void,
): void {
  const rising = newest?.rising ?? NONE;
  const rows = rising.map(([word, count, expected, factor]) => (
    <tr key={word}>
      <th scope="row" title={visibleText(word)}>{wordButton(word, onChoose)}</th>
      <td>{formatCount(count)}</td>
      <td>{formatExpected(expected)}</td>
      <td>{formatFactor(factor)}</td>
    </tr>
  ));
  render(rows, byId("rising-rows"));
  byId("rising-table").hidden = rising.length === 0;
  setText(byId("rising-empty"), rising.length > 0 ? "" : whyEmpty(newest, status));
  if (newest === undefined) return;
  setText(byId("rising-note"), windowNote(newest, status, "come far more often than usual"));
}

function whyEmpty(newest: ClosedWindow | undefined, status: Status | undefined): string {
  if (newest === undefined) return "No window yet.";
  if (status?.rising === null) return "Counts are not compared with earlier ones: rising is off.";
  if (status?.rising.learning === true) return "The usual counts are not known yet: no word rises.";
  return "No word comes far more often than usual.";
}
