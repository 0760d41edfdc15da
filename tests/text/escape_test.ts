import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeUnseen } from "../../lib/text/escape.ts";

Deno.test("escapeUnseen() shows what cannot be seen, and leaves what can", () => {
  const table: readonly (readonly [text: string, shown: string])[] = [
    ["word", "word"],
    ["two words", "two words"],
    ["слово 言葉 שלום नमस्ते", "слово 言葉 שלום नमस्ते"],
    ["<script>'\"", "<script>'\""],
    ["a\\n", "a\\\\n"],
    ["a\n\t\r\0", "a\\n\\t\\r\\x00"],
    ["\x1b[2J\x9b31m\x07", "\\x1b[2J\\x9b31m\\x07"],
    ["\u202egpj\u2066", "\\u202egpj\\u2066"],
    ["z\u200bw\u200dn\ufeff", "z\\u200bw\\u200dn\\ufeff"],
    ["no\u00a0break", "no\\xa0break"],
    ["\u3164\u115f\u2800", "\\u3164\\u115f\\u2800"],
    ["\u{e0041}\u{f0000}", "\\U000e0041\\U000f0000"],
    ["👍🏽 ❤\ufe0f", "👍🏽 ❤\ufe0f"],
    ["a\ufe0f", "a\\ufe0f"],
    ["👩\u200d🔬", "👩\\u200d🔬"],
    ["\u00e9", "\u00e9"],
    ["e\u0301", "e\\u0301"],
    ["\u1112\u1161\u11ab", "\\u1112\\u1161\\u11ab"],
    ["\u0301e \u0301", "\\u0301e \\u0301"],
    [`Z${"\u0335".repeat(6)}`, `Z${"\u0335".repeat(4)}\\u0335\\u0335`],
    ["\ufffd", "\ufffd"],
  ];
  for (const [text, shown] of table) assert.equal(escapeUnseen(text), shown);
});

Deno.test("escapeUnseen() leaves no control or format character, and tells any two texts apart", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("\\", "x", "1", "b", "\x1b", "n", "\n", "\u200b", "\u0301", "a"))
      .map((parts) => parts.join("")),
  );
  const shown = new Map<string, string>();
  fc.assert(fc.property(anyText, (text) => {
    const escaped = escapeUnseen(text);
    assert.doesNotMatch(escaped, /(?! )[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/u);
    assert.equal(shown.get(escaped) ?? text, text);
    shown.set(escaped, text);
  }));
});
