import assert from "node:assert/strict";
import fc from "fast-check";
import { type Lines, LineSplitter } from "../../../lib/source/lines/line_splitter.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** null stands for a line that was too long. */
function texts({ bytes, starts, ends, count }: Lines): (string | null)[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return Array.from({ length: count }, (_, i) => {
    return starts[i] < 0 ? null : decoder.decode(bytes.subarray(starts[i], ends[i]));
  });
}

function splitAll(chunks: readonly string[], maxLineBytes: number): (string | null)[] {
  const splitter = new LineSplitter(maxLineBytes);
  return [...chunks.flatMap((chunk) => texts(splitter.split(encode(chunk)))), ...texts(splitter.finish())];
}

Deno.test("LineSplitter splits at each \\n, wherever chunks end", () => {
  const rows: [chunks: string[], lines: (string | null)[]][] = [
    [[], []],
    [[""], []],
    [["\n"], [""]],
    [["a\nb\n"], ["a", "b"]],
    [["a\nb"], ["a", "b"]],
    [["a\n\nb\n"], ["a", "", "b"]],
    [["a\r\nb"], ["a\r", "b"]],
    [["a", "b", "c\nd", "\n"], ["abc", "d"]],
    [["12345\n"], ["12345"]],
    [["123456\n1\n"], [null, "1"]],
    [["123", "456", "7\n1\n2"], [null, "1", "2"]],
    [["1\n", "123456"], ["1", null]],
    [["123456", "789\n"], [null]],
    [["12345", "\n6"], ["12345", "6"]],
  ];
  for (const [chunks, lines] of rows) assert.deepEqual(splitAll(chunks, 5), lines, JSON.stringify(chunks));
});

Deno.test("LineSplitter.split() counts the lines that were too long", () => {
  const lines = new LineSplitter(2).split(encode("abc\nab\nabcd\n"));
  assert.deepEqual([lines.count, lines.tooLong], [3, 2]);
});

Deno.test("LineSplitter.split() copies the chunk, which its caller may reuse", () => {
  const splitter = new LineSplitter(100);
  const chunk = encode("ab");
  splitter.split(chunk);
  chunk.fill(0x78);
  assert.deepEqual(texts(splitter.split(encode("c\n"))), ["abc"]);
});

Deno.test("LineSplitter.drop() drops the unfinished line", () => {
  const splitter = new LineSplitter(100);
  splitter.split(encode("a\nbc"));
  assert.equal(splitter.drop(), 2);
  assert.deepEqual(texts(splitter.split(encode("d\n"))), ["d"]);
});

Deno.test("LineSplitter equals String.split for any chunks", () => {
  const chunk = fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r", "bcdef"), maxLength: 12 });
  fc.assert(fc.property(fc.array(chunk), fc.integer({ min: 1, max: 12 }), (chunks, maxLineBytes) => {
    const lines = chunks.join("").split("\n");
    if (lines.at(-1) === "") lines.pop();
    const expected = lines.map((line) => encode(line).length > maxLineBytes ? null : line);
    assert.deepEqual(splitAll(chunks, maxLineBytes), expected);
  }));
});
