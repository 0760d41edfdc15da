import assert from "node:assert/strict";
import fc from "fast-check";
import { isJsonNumber, isPlainNumber, parseNumber } from "../../lib/text/number_text.ts";

function within<T>(text: string, read: (bytes: Uint8Array, start: number, end: number) => T): T {
  const bytes = new TextEncoder().encode(`7${text}7`);
  return read(bytes, 1, bytes.length - 1);
}

Deno.test("parseNumber() equals JSON.parse", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 20 });
  const whole = fc.oneof(
    fc.constant("0"),
    fc.tuple(fc.constantFrom(..."123456789"), digits).map((parts) => parts.join("")),
  );
  const fraction = fc.oneof(fc.constant(""), digits.map((text) => `.${text}`));
  const exponent = fc.constantFrom("", "", "", "e5", "E-7", "e+300", "e999");
  const number = fc.tuple(fc.constantFrom("", "-"), whole, fraction, exponent).map((parts) => parts.join(""));
  fc.assert(fc.property(number, (text) => assert.equal(within(text, parseNumber), JSON.parse(text), text)));
});

Deno.test("parseNumber() reads numbers as JavaScript prints them", () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (number) => {
    assert.equal(within(String(number), parseNumber), number + 0);
  }));
});

Deno.test("isPlainNumber() holds for digits that print as they are written", () => {
  for (const text of ["0", "7", "123456789012345"]) assert.ok(within(text, isPlainNumber), text);
  for (const text of ["-1", "1.5", "1e5", "1234567890123456"]) assert.ok(!within(text, isPlainNumber), text);
});

Deno.test("isJsonNumber() holds for what JSON has as a number", () => {
  for (const text of ["0", "-0", "10", "1.5", "1e5", "-1E-5", "12345678901234567890"]) {
    assert.ok(within(text, isJsonNumber), text);
  }
  for (const text of ["", "-", "01", "1.", ".5", "+1", "0x1", "1e", "Infinity", "NaN", "1 ", "true"]) {
    assert.ok(!within(text, isJsonNumber), text);
  }
});
