import assert from "node:assert/strict";
import fc from "fast-check";
import { MadeBytes } from "../../lib/formats/made_bytes.ts";

Deno.test("MadeBytes.addInteger() adds the digits of every safe integer", () => {
  fc.assert(fc.property(fc.array(fc.maxSafeInteger()), (integers) => {
    const made = new MadeBytes();
    for (const integer of integers) made.addInteger(integer);
    const text = new TextDecoder().decode(made.bytes.subarray(0, made.end));
    assert.equal(text, integers.map((integer) => String(integer + 0)).join(""));
  }));
});
