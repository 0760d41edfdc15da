// Text for a terminal: a text that was cut to a width fits, is a prefix of the original and, once escaped, contains no
// control sequence.

import assert from "node:assert/strict";
import { escapeUnsafe } from "../../../lib/text/escape.ts";
import { cellWidth, fit } from "../../../lib/top/cell_width.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const ELLIPSIS = "…";

export const terminalWidth: FuzzTarget = {
  name: "terminal-width",
  seedCorpus: encodeAll([
    "word",
    "日本語",
    "👩‍👩‍👧🏽🇩🇪",
    "e\u0301\u0301",
    "\x1b[2J\u202e\u0007",
    "ก็ำ",
    "\u1112\u1161\u11ab",
  ]),
  dictionary: encodeAll([
    "\u0301",
    "\u200d",
    "\ufe0f",
    "\ufe0e",
    "🏽",
    "🇩",
    "\x1b",
    "\u200b",
    "\u00ad",
    "\u1160",
  ]),
  // Terminals are narrower. string-width takes some microseconds for each grapheme, and each is measured some ten times.
  maxBytes: 8 * 1024,
  run(bytes) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    assert.doesNotMatch(escapeUnsafe(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    const width = cellWidth(text);
    assert.ok(Number.isInteger(width) && width >= 0 && width <= 2 * text.length);
    for (const columns of [0, 1, 2, 10, width - 1, width]) {
      if (columns < 0) continue;
      const fitting = fit(text, columns);
      assert.ok(cellWidth(fitting) <= columns, `${cellWidth(fitting)} columns of ${columns}`);
      const isWhole = fitting === text;
      assert.equal(isWhole || fitting === "" || text.startsWith(fitting.slice(0, -ELLIPSIS.length)), true);
      assert.ok(!isWhole || width <= columns);
    }
  },
};
