import assert from "node:assert/strict";
import fc from "fast-check";
import { formatSize, parseSize } from "../../lib/text/size.ts";

Deno.test("parseSize() reads a whole number, with a unit or as bytes", () => {
  const valid: [string, number][] = [
    ["0", 0],
    ["17", 17],
    ["17B", 17],
    ["64KiB", 65_536],
    ["1MiB", 1_048_576],
    ["2GiB", 2_147_483_648],
  ];
  for (const [text, bytes] of valid) assert.equal(parseSize(text), bytes, text);
});

Deno.test("parseSize() refuses what is none, or beyond exact numbers", () => {
  const invalid = ["", "KiB", "1KB", "1kib", "1.5MiB", "-1B", "1 MiB", "1M", "0x10", "1MiB\n"];
  for (const text of [...invalid, "9007199254740992", "99999999999GiB"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});

Deno.test("parseSize(formatSize(bytes)) is bytes", () => {
  const unit = fc.constantFrom(1, 2 ** 10, 2 ** 20, 2 ** 30);
  fc.assert(fc.property(fc.nat(1_000_000), unit, (n, unit) => parseSize(formatSize(n * unit)) === n * unit));
});
