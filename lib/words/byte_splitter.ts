// Cuts texts at a separator without decoding them. That is right for bytes that are not UTF-8 too: a separator begins
// with a byte that never continues a character, so a decoder would find it at the same places.

import type { Spans } from "./spans.ts";

/**
 * Adds the pieces of `bytes[position..end)` that a separator ends to `spans`, until there may be no more room;
 * answers how far it came. `spans.starts[spans.count]` is, before and after, where the piece in work begins.
 */
export type ByteSplitter = (spans: Spans, bytes: Uint8Array, position: number, end: number) => number;

/** @param separator UTF-8 without U+FFFD, at least one byte. */
export function byteSplitter(separator: Uint8Array): ByteSplitter {
  const first = separator[0];
  if (separator.length === 1) {
    return (spans, bytes, position, end) => splitAtByte(spans, bytes, position, end, first);
  }
  return (spans, bytes, position, end) => splitAtBytes(spans, bytes, position, end, separator);
}

function splitAtByte(
  spans: Spans,
  bytes: Uint8Array,
  position: number,
  end: number,
  separator: number,
): number {
  const { starts, ends } = spans;
  let count = spans.count;
  const stop = Math.min(end, position + spans.capacity - count);
  for (let i = position; i < stop; i++) {
    // No branch: where words end is what a processor cannot foresee. What is stored holds only if `count` moves on.
    ends[count] = i;
    starts[count + 1] = i + 1;
    count += ((bytes[i] ^ separator) - 1) >>> 31;
  }
  spans.count = count;
  return stop;
}

function splitAtBytes(
  spans: Spans,
  bytes: Uint8Array,
  position: number,
  end: number,
  separator: Uint8Array,
): number {
  let i = position;
  while (i < end && spans.count < spans.capacity) {
    if (i + separator.length <= end && startsWith(bytes, i, separator)) {
      spans.ends[spans.count] = i;
      i += separator.length;
      spans.starts[++spans.count] = i;
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
