// Keys that are not text become text: numbers are big-endian, as Kafka's serializers write them.

import type { MadeBytes } from "../formats/made_bytes.ts";
import type { KeyFormat } from "./reading_rules.ts";

const INT32_BYTES = 4;
const INT64_BYTES = 8;
const UUID_BYTES = 16;
const UUID_CHARACTERS = 36;
/** A hyphen follows these bytes of a UUID. */
const UUID_GROUP_ENDS = [3, 5, 7, 9];
const HYPHEN = 0x2d;
const DIGITS = new TextEncoder().encode("0123456789abcdef");
const TEXT_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const decoder = new TextDecoder();

/** Appends the text of the key `bytes[start..end)`; false if the key is not of the format. */
export type KeyWriter = (bytes: Uint8Array, start: number, end: number, made: MadeBytes) => boolean;

/** Undefined for keys that are text as they stand. */
export function keyWriter(format: KeyFormat): KeyWriter | undefined {
  switch (format) {
    case "text":
      return undefined;
    case "int32":
      return writeInt32;
    case "int64":
      return writeInt64;
    case "uuid":
      return writeUuid;
    case "hex":
      return writeHex;
  }
}

function writeInt32(bytes: Uint8Array, start: number, end: number, made: MadeBytes): boolean {
  if (end - start !== INT32_BYTES) return false;
  made.addText(String(viewOf(bytes, start, end).getInt32(0)));
  return true;
}

function writeInt64(bytes: Uint8Array, start: number, end: number, made: MadeBytes): boolean {
  if (end - start !== INT64_BYTES) return false;
  made.addText(String(viewOf(bytes, start, end).getBigInt64(0)));
  return true;
}

/** Kafka's UUID serializer writes the text, others write the sixteen bytes. */
function writeUuid(bytes: Uint8Array, start: number, end: number, made: MadeBytes): boolean {
  if (end - start === UUID_CHARACTERS) {
    const text = decoder.decode(bytes.subarray(start, end));
    if (!TEXT_UUID.test(text)) return false;
    made.addText(text.toLowerCase());
    return true;
  }
  if (end - start !== UUID_BYTES) return false;
  made.reserve(UUID_CHARACTERS);
  for (let i = 0; i < UUID_BYTES; i++) {
    addByte(made, bytes[start + i]);
    if (UUID_GROUP_ENDS.includes(i)) made.bytes[made.end++] = HYPHEN;
  }
  return true;
}

function writeHex(bytes: Uint8Array, start: number, end: number, made: MadeBytes): boolean {
  made.reserve((end - start) * 2);
  for (let i = start; i < end; i++) addByte(made, bytes[i]);
  return true;
}

function addByte(made: MadeBytes, byte: number): void {
  made.bytes[made.end++] = DIGITS[byte >> 4];
  made.bytes[made.end++] = DIGITS[byte & 15];
}

function viewOf(bytes: Uint8Array, start: number, end: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
}
