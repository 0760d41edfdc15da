// Cuts texts at a separator without decoding them. That is right for bytes that are not UTF-8 too: a separator begins
// with a byte that never continues a character, so a decoder would find it at the same places.

import type { Spans } from "./spans.ts";

const LOW_BITS = 0x7f7f7f7f;
const EACH_BYTE = 0x01010101;

/**
 * Adds the pieces of `spans.bytes[position..end)` that a separator ends to `spans`, until there may be no more room;
 * answers how far it came. `spans.starts[spans.count]` is, before and after, where the piece in work begins.
 */
export type ByteSplitter = (spans: Spans, position: number, end: number) => number;

/** @param separator UTF-8 without U+FFFD, at least one byte. */
export function byteSplitter(separator: Uint8Array): ByteSplitter {
  if (separator.length > 1) return (spans, position, end) => splitAtBytes(spans, position, end, separator);
  const fourSeparators = separator[0] * EACH_BYTE;
  return (spans, position, end) => splitAtByte(spans, position, end, fourSeparators);
}

/** Looks at four bytes at a time, and mostly without a branch: no processor foresees where words end. */
function splitAtByte(spans: Spans, position: number, end: number, fourSeparators: number): number {
  const { view, starts, ends } = spans;
  const lastReadable = view.byteLength - 4;
  const stop = Math.min(end, position + spans.capacity - spans.count);
  let count = spans.count;
  for (let i = position; i < stop; i += 4) {
    const difference = (i <= lastReadable ? view.getInt32(i, true) : remainder(view, i)) ^ fourSeparators;
    // The upper bit of each byte that is a separator.
    let matches = ~(((difference & LOW_BITS) + LOW_BITS) | difference | LOW_BITS);
    if (stop - i < 4) matches &= (1 << ((stop - i) << 3)) - 1;
    let separatorAt = i + lowestByte(matches);
    ends[count] = separatorAt;
    starts[count + 1] = separatorAt + 1;
    // What was stored holds only if there was a match: then 1 is added.
    count += (matches | -matches) >>> 31;
    matches &= matches - 1;
    while (matches !== 0) {
      separatorAt = i + lowestByte(matches);
      ends[count] = separatorAt;
      starts[++count] = separatorAt + 1;
      matches &= matches - 1;
    }
  }
  spans.count = count;
  return stop;
}

/** Which byte the lowest bit is in, 0 to 3; -1 for no bit. */
function lowestByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3;
}

/** The last bytes of a buffer, fewer than four, as a number, the first one lowest. */
function remainder(view: DataView, position: number): number {
  let word = 0;
  for (let i = view.byteLength - 1; i >= position; i--) word = (word << 8) | view.getUint8(i);
  return word;
}

function splitAtBytes(spans: Spans, position: number, end: number, separator: Uint8Array): number {
  const { bytes, starts, ends } = spans;
  let i = position;
  while (i < end && spans.count < spans.capacity) {
    if (i + separator.length <= end && startsWith(bytes, i, separator)) {
      ends[spans.count] = i;
      i += separator.length;
      starts[++spans.count] = i;
    } else {
      i++;
    }
  }
  return i;
}

function startsWith(bytes: Uint8Array, position: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[position + i] !== prefix[i]) return false;
  }
  return true;
}
