// Decodes a string of JSON to bytes without decoding its text: bytes that are not UTF-8 stay as they are. kcat writes
// binary keys so.

import { parseSalted, unsalted } from "../../text/salted_json.ts";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const UNICODE_ESCAPE = 6;
const SHORT_ESCAPE = 2;
const QUOTE = 0x22;

const encoder = new TextEncoder();

/** The bytes of the string whose content, without its quotes, is `bytes[start..end)`. It is valid JSON. */
export function rawStringBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const raw = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end;) {
    if (bytes[at] !== BACKSLASH) {
      raw[length++] = bytes[at++];
      continue;
    }
    // Two escapes can be one character, so that those in a row are decoded together.
    const first = at;
    while (at < end && bytes[at] === BACKSLASH) {
      at += bytes[at + 1] === LOWER_U ? UNICODE_ESCAPE : SHORT_ESCAPE;
    }
    const escapes = unsalted(parseSalted(quoted(bytes.subarray(first, at))) as string);
    length += encoder.encodeInto(escapes, raw.subarray(length)).written;
  }
  return raw.subarray(0, length);
}

function quoted(content: Uint8Array): Uint8Array {
  const json = new Uint8Array(content.length + 2).fill(QUOTE);
  json.set(content, 1);
  return json;
}
