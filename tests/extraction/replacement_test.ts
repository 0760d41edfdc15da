import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_GROWTH, MAX_MADE_BYTES, Replacement } from "../../lib/extraction/replacement.ts";
import { TextList } from "../../lib/extraction/text_list.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function listOf(texts: readonly (string | Uint8Array)[]): TextList {
  const parts = texts.map((text) => typeof text === "string" ? encode(text) : text);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  const list = new TextList();
  list.reset(bytes);
  let at = 0;
  parts.forEach((part, row) => {
    bytes.set(part, at);
    list.push(row, at, at += part.length);
  });
  return list;
}

function textsOf(list: TextList): string[] {
  return Array.from({ length: list.count }, (_, i) => {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      list.bytes(i).subarray(list.start(i), list.end(i)),
    );
  });
}

function replaced(
  rule: { readonly pattern: string; readonly with: string },
  text: string | Uint8Array,
): string {
  const list = listOf([text]);
  assert.deepEqual(new Replacement(rule).apply(list), { done: 1, lack: undefined, tooLong: [] });
  return textsOf(list)[0];
}

Deno.test("Replacement.apply() replaces what String.replaceAll replaces, one rule after the other", () => {
  const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  const patterns = [
    "\\d+",
    uuid,
    "0x[0-9a-f]+",
    "\\b[0-9a-f]{4,}\\b",
    "(\\w)(\\w)",
    "a*",
    "(?<n>\\d)",
    "€|ä",
  ];
  const withs = ["<N>", "", "$1", "$2$1", "$&$&", "$$1", "$<n>", "$<m>", "$10", "$0", "$", "$3", "ä"];
  const rule = fc.record({ pattern: fc.constantFrom(...patterns), with: fc.constantFrom(...withs) });
  const part = fc.constantFrom(
    "a",
    "1",
    "42",
    "0x1f",
    "beef",
    " ",
    "ä",
    "€",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
  );
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), fc.array(text, { maxLength: 5 }), (rules, texts) => {
      const list = listOf(texts);
      for (const rule of rules) new Replacement(rule).apply(list);
      const wanted = texts.map((text) => {
        return rules.reduce(
          (text, { pattern, with: to }) => text.replaceAll(new RegExp(pattern, "gu"), to),
          text,
        );
      });
      assert.deepEqual(textsOf(list), wanted);
    }),
  );
});

Deno.test("Replacement.apply() makes no character of two invalid sequences", () => {
  const bytes = Uint8Array.of(0xc3, 0x31, 0xa4);
  assert.equal(replaced({ pattern: "\\d+", with: "" }, bytes), "\ufffd\ufffd");
  assert.equal(replaced({ pattern: "\\d+", with: "N" }, bytes), "\ufffdN\ufffd");
  assert.equal(replaced({ pattern: "\\d+", with: "" }, "ä1ä"), "ää");
});

Deno.test("Replacement.apply() leaves a text unchanged that grows too long", () => {
  for (const pattern of ["a", "a|b"]) {
    const list = listOf(["a", "a".repeat(Math.floor(MAX_GROWTH / 200)), "a".repeat(10)]);
    const { tooLong, done } = new Replacement({ pattern, with: "x".repeat(256) }).apply(list);
    assert.deepEqual([done, tooLong], [3, [1]]);
    assert.deepEqual(textsOf(list).map(({ length }) => length), [256, Math.floor(MAX_GROWTH / 200), 2_560]);
  }
});

Deno.test("Replacement.apply() stops where all texts together grow too long", () => {
  for (const pattern of ["a", "a|b"]) {
    // Few matches, so that the time limit of patterns is far away on any machine.
    const longText = "x".repeat(Math.floor(MAX_GROWTH / 10));
    const list = listOf(Array(100).fill("a".repeat(10)));
    const { done, lack } = new Replacement({ pattern, with: longText }).apply(list);
    assert.equal(lack, "room");
    assert.ok(done * longText.length * 10 > MAX_MADE_BYTES);
    assert.ok((done - 2) * longText.length * 10 < MAX_MADE_BYTES);
  }
});

Deno.test("Replacement.apply() ends with an expensive pattern, and says how far it came", () => {
  const list = listOf(["aaa", `${"a".repeat(40)}!`, "a"]);
  assert.equal(new Replacement({ pattern: "(a+)+$", with: "x" }).apply(list).lack, "time");
  assert.equal(new Replacement({ pattern: "(a+)+$", with: "x" }).apply(listOf(["aaa"])).lack, undefined);
});
