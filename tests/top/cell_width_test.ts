import assert from "node:assert/strict";
import fc from "fast-check";
import { cellWidth, fit } from "../../lib/top/cell_width.ts";

Deno.test("cellWidth() is the columns that a terminal gives to a text", () => {
  const table: readonly (readonly [text: string, width: number])[] = [
    ["", 0],
    ["word", 4],
    ["слово", 5],
    ["言葉", 4],
    ["한국어", 6],
    ["ᄒ\u1161ᆫ", 2],
    ["ｗｉｄｅ", 8],
    ["ｱ", 1],
    ["e\u0301", 1],
    ["नमस्ते", 4],
    ["👍", 2],
    ["👍🏽", 2],
    ["❤\ufe0f", 2],
    ["❤", 1],
    ["⌚", 2],
    ["🇺🇳", 2],
    ["𠀀", 2],
    ["█", 1],
  ];
  for (const [text, width] of table) assert.equal(cellWidth(text), width, text);
});

Deno.test("fit() makes a text fit into the columns without splitting a character", () => {
  assert.equal(fit("word", 4), "word");
  assert.equal(fit("words", 4), "wor…");
  assert.equal(fit("言葉言葉", 4), "言…");
  assert.equal(fit("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assert.equal(fit("ab", 1), "…");
  assert.equal(fit("ab", 0), "");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
    const fitting = fit(text, columns);
    assert.ok(cellWidth(fitting) <= columns);
    assert.ok(fitting === text || text.startsWith(fitting.slice(0, -1)));
  }));
});
