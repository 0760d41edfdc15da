import assert from "node:assert/strict";
import fc from "fast-check";
import { visibleParts, visibleText } from "../../lib/page/visible_word.ts";

Deno.test("visibleText() escapes invisible characters and keeps all others", () => {
  const table: readonly (readonly [word: string, text: string])[] = [
    ["word", "word"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["'\"&lt;", "'\"&lt;"],
    ["a b", "a b"],
    [" a", "\\x20a"],
    ["a ", "a\\x20"],
    ["a  b", "a\\x20\\x20b"],
    ["a\nb\r\t", "a\\nb\\r\\t"],
    ["\x1b[31m", "\\x1b[31m"],
    ["a\u00a0b", "a\\xa0b"],
    ["\u202eabc", "\\u202eabc"],
    ["a\u200bb", "a\\u200bb"],
    ["a\ufeff", "a\\ufeff"],
    ["a\u034fb", "a\\u034fb"],
    ["\u2800", "\\u2800"],
    ["\u3164", "\\u3164"],
    ["\\n", "\\\\n"],
    ["é", "é"],
    ["e\u0301", "e\\u0301"],
    ["\u212b", "\\u212b"],
    ["\u0301a", "\\u0301a"],
    ["a\u200b\u0301", "a\\u200b\\u0301"],
    ["שלום", "שלום"],
    ["हिन्दी", "हिन्दी"],
    ["日本語", "日本語"],
    ["😀", "😀"],
    ["\u{e0041}", "\\U000e0041"],
    ["__proto__", "__proto__"],
  ];
  for (const [word, text] of table) assert.equal(visibleText(word), text, JSON.stringify(word));
});

Deno.test("visibleParts() separates marks from literal text", () => {
  assert.deepEqual(visibleParts("a\u200b\u200cb"), [
    { text: "a", isMark: false },
    { text: "\\u200b", isMark: true },
    { text: "\\u200c", isMark: true },
    { text: "b", isMark: false },
  ]);
  assert.deepEqual(visibleParts(""), []);
});

Deno.test("visibleParts() cuts long words, and those with equal ends still differ", () => {
  const text = (word: string) => visibleParts(word).map((part) => part.text).join("");
  assert.equal(text("x".repeat(64)), "x".repeat(64));
  const cut = text("x".repeat(65_536));
  assert.match(cut, /^x{10}…#[0-9a-f]{8}, 65536 characters…x{10}$/);
  const long = (middle: string) => "y".repeat(40) + middle + "y".repeat(40);
  assert.notEqual(text(long("1")), text(long("2")));
  // The length is in characters, not in UTF-16 units.
  assert.equal(text("😀".repeat(64)), "😀".repeat(64));
});

Deno.test("visibleText() differs, and looks different, for different words", () => {
  const units = [
    " ",
    "\\",
    "a",
    "e",
    "é",
    "\u0301",
    "\u200b",
    "\u202e",
    "\n",
    "x20",
    "\\n",
    "\u212b",
    "Å",
    "가",
    "ᄀ",
    "ᅡ",
  ];
  const word = fc.array(fc.constantFrom(...units), { maxLength: 8 }).map((each) => each.join(""));
  const anything = fc.string({ unit: "binary", maxLength: 20 });
  fc.assert(fc.property(fc.oneof(word, anything), fc.oneof(word, anything), (a, b) => {
    if (a === b) return;
    assert.notEqual(visibleText(a).normalize("NFC"), visibleText(b).normalize("NFC"));
  }));
});

Deno.test("visibleText() contains nothing that affects its surroundings", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (word) => {
    assert.doesNotMatch(visibleText(word), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }));
});
