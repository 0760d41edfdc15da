import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeHeaders, HeaderSearch } from "../../lib/records/record_headers.ts";

type Headers = readonly (readonly [name: string, value: string | null])[];

/** The value of the header between other bytes; undefined for none. */
function find(headers: Uint8Array, name: string): string | null | undefined | "damaged" {
  const bytes = Uint8Array.of(7, ...headers, 7);
  const search = new HeaderSearch(name);
  const outcome = search.find(bytes, 1, bytes.length - 1);
  if (outcome !== "found") return outcome === "none" ? undefined : outcome;
  return search.valueStart < 0
    ? null
    : new TextDecoder().decode(bytes.subarray(search.valueStart, search.valueEnd));
}

Deno.test("HeaderSearch.find() finds the last header of a name", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "ä", "tenant"), maxLength: 3 });
  const headers = fc.array(fc.tuple(text, fc.option(fc.string({ unit: "grapheme", maxLength: 300 }))), {
    maxLength: 100,
  });
  fc.assert(fc.property(headers, text, (headers: Headers, name) => {
    const wanted = headers.findLast(([own]) => own === name)?.[1];
    assert.equal(find(encodeHeaders(headers), name), wanted);
  }));
});

Deno.test("HeaderSearch.find() knows headers as Kafka writes them, and none at all", () => {
  // One header "a" with the value "xy", one without a value.
  const bytes = Uint8Array.of(4, 2, 0x61, 4, 0x78, 0x79, 2, 0x62, 1);
  assert.equal(find(bytes, "a"), "xy");
  assert.equal(find(bytes, "b"), null);
  assert.equal(find(bytes, "c"), undefined);
  assert.equal(find(Uint8Array.of(0), "a"), undefined);
  assert.equal(new HeaderSearch("a").find(bytes, -1, -1), "none");
});

Deno.test("HeaderSearch.find() reports what is no headers", () => {
  const rows: [name: string, bytes: number[]][] = [
    ["nothing", []],
    ["a number without an end", [0x80]],
    ["too long a number", [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ["a negative number of headers", [1]],
    ["a header that is missing", [2]],
    ["a name beyond the end", [2, 4, 0x61]],
    ["a name of negative length", [2, 1, 0]],
    ["a value that is missing", [2, 2, 0x61]],
    ["a value beyond the end", [2, 2, 0x61, 4, 0x78]],
    ["a value of a length below -1", [2, 2, 0x61, 3]],
    ["bytes behind the last header", [2, 2, 0x61, 0, 0]],
    ["billions of headers", [0xfe, 0xff, 0xff, 0xff, 0x0f]],
  ];
  for (const [name, bytes] of rows) assert.equal(find(Uint8Array.from(bytes), "a"), "damaged", name);
});
