import assert from "node:assert/strict";
import { formatBlock, formatTuple } from "../../lib/window/window_block.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";

const END_MS = new Date(2026, 10, 22, 10, 0, 2).getTime();
const RESULT: WindowResult = {
  startMs: END_MS - 60_000,
  endMs: END_MS,
  records: 4,
  words: 19,
  distinct: 2,
  error: 0,
  top: [{ word: "word", count: 12 }, { word: "other", count: 7 }],
};
const BLOCK = `-------------------------------------------
Time: 2026-11-22 10:00:02
-------------------------------------------
('word', 12)
('other', 7)

`;

Deno.test("formatTuple() shows a word as Python's repr of a string", () => {
  const rows: [word: string, shown: string][] = [
    ["word", "'word'"],
    ["", "''"],
    ["two words", "'two words'"],
    ["it's", `"it's"`],
    ['say "it"', `'say "it"'`],
    [`it's "it"`, `'it\\'s "it"'`],
    ["back\\slash\\'", `"back\\\\slash\\\\'"`],
    ["a\nb\rc\td", "'a\\nb\\rc\\td'"],
    ["\0\x07\x1b[2J\x7f", "'\\x00\\x07\\x1b[2J\\x7f'"],
    ["\x80\x9f\xa0\xad", "'\\x80\\x9f\\xa0\\xad'"],
    ["é ß слово 日本 🙂", "'é ß слово 日本 🙂'"],
    ["e\u0301", "'e\u0301'"], // combining marks are printable
    ["\ufffd", "'\ufffd'"],
    ["\u2003\u3000", "'\\u2003\\u3000'"], // spaces
    ["\u200b\u200d\u202e\ufeff", "'\\u200b\\u200d\\u202e\\ufeff'"], // formats
    ["\u2028\u2029\x85", "'\\u2028\\u2029\\x85'"], // line ends
    ["\ue000\uffff\u0378", "'\\ue000\\uffff\\u0378'"], // private, no character, unassigned
    ["\ud800x\udfff", "'\\ud800x\\udfff'"], // lone surrogates
    ["\u{e0001}\u{10ffff}", "'\\U000e0001\\U0010ffff'"],
  ];
  for (const [word, shown] of rows) assert.equal(formatTuple(word, 12), `(${shown}, 12)`);
});

Deno.test("formatBlock() frames a window with its end in local time", () => {
  assert.equal(formatBlock(RESULT), BLOCK);
});

Deno.test("formatBlock() shows only the tuples of a window without times", () => {
  assert.equal(formatBlock({ ...RESULT, startMs: null, endMs: null }), "('word', 12)\n('other', 7)\n");
});

Deno.test("formatBlock() shows an end beyond the range of dates in milliseconds", () => {
  assert.match(formatBlock({ ...RESULT, endMs: 9e15 }), /^Time: 9000000000000000$/m);
});

/**
 * First and last code points that `str.isprintable` of Python 3.11 (Unicode 14) rejects. Unassigned code points are left
 * out, since a later Unicode may assign them, except for those that will never be characters.
 */
const UNPRINTABLE_IN_PYTHON: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x00a0],
  [0x00ad, 0x00ad],
  [0x0600, 0x0605],
  [0x061c, 0x061c],
  [0x06dd, 0x06dd],
  [0x070f, 0x070f],
  [0x0890, 0x0891],
  [0x08e2, 0x08e2],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x2064],
  [0x2066, 0x206f],
  [0x3000, 0x3000],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xfffe, 0xffff],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1343f], // the last seven are new in Unicode 15
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0x1fffe, 0x1ffff],
  [0x2fffe, 0x2ffff],
  [0x3fffe, 0x3ffff],
  [0x4fffe, 0x4ffff],
  [0x5fffe, 0x5ffff],
  [0x6fffe, 0x6ffff],
  [0x7fffe, 0x7ffff],
  [0x8fffe, 0x8ffff],
  [0x9fffe, 0x9ffff],
  [0xafffe, 0xaffff],
  [0xbfffe, 0xbffff],
  [0xcfffe, 0xcffff],
  [0xdfffe, 0xdffff],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
  [0xefffe, 0x10ffff],
];

Deno.test("formatTuple() escapes exactly the characters that Python escapes", () => {
  const unprintable = new Set<number>();
  for (const [first, last] of UNPRINTABLE_IN_PYTHON) {
    for (let code = first; code <= last; code++) unprintable.add(code);
  }
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (character === "'" || character === "\\") continue;
    const escaped = formatTuple(character, 1) !== `('${character}', 1)`;
    const unassigned = /\p{Cn}/u.test(character) && !unprintable.has(code);
    if (escaped !== (unprintable.has(code) || unassigned)) wrong.push(code.toString(16));
  }
  assert.deepEqual(wrong, []);
});
