// Headers of a record: a search finds the value that a plain reader finds, or both say that the bytes are no headers.

import assert from "node:assert/strict";
import { encodeHeaders, HeaderSearch } from "../../../lib/records/record_headers.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const NAME = "tenant";
const search = new HeaderSearch(NAME);

/** The last value of the header as bytes, null for none, undefined for what is no headers. */
function lastValue(bytes: Uint8Array): Uint8Array | null | undefined {
  let at = 0;
  const number = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 35n; shift += 7n) {
      if (at === bytes.length) return NaN;
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number((value >> 1n) ^ -(value & 1n));
    }
    return NaN;
  };
  const take = (length: number): Uint8Array | undefined => {
    if (!(length >= 0 && at + length <= bytes.length)) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  let found: Uint8Array | null = null;
  const count = number();
  if (!(count >= 0)) return undefined;
  for (let i = 0; i < count; i++) {
    const name = take(number());
    if (name === undefined) return undefined;
    const length = number();
    const value = length === -1 ? null : take(length);
    if (value === undefined) return undefined;
    if (new TextDecoder("latin1").decode(name) === NAME) found = value;
  }
  return at === bytes.length ? found : undefined;
}

export const recordHeaders: FuzzTarget = {
  name: "record-headers",
  seedCorpus: [
    encodeHeaders([]),
    encodeHeaders([[NAME, "acme"]]),
    encodeHeaders([["a", null], [NAME, "x"], ["b", "y".repeat(200)], [NAME, null]]),
  ],
  dictionary: [
    ...encodeAll([NAME]),
    Uint8Array.of(0x0c),
    Uint8Array.of(1),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
  ],
  run(bytes) {
    const around = new Uint8Array(bytes.length + 2).fill(2);
    around.set(bytes, 1);
    const outcome = search.find(around, 1, around.length - 1);
    const wanted = lastValue(bytes);
    if (wanted === undefined) return assert.equal(outcome, "damaged");
    assert.notEqual(outcome, "damaged");
    const hasValue = outcome === "found" && search.valueStart >= 0;
    assert.deepEqual(
      hasValue ? around.slice(search.valueStart, search.valueEnd) : null,
      wanted && wanted.slice(),
    );
  },
};
