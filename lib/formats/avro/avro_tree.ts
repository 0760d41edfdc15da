// Decodes a whole Avro value to the form that `parseSalted` gives to JSON. AvroReader needs no such value for paths of names
// and indexes. All other paths need it, and so do arrays whose elements are wanted one by one.

import { saltedName } from "../../text/salted_json.ts";
import { decimalText } from "../schema/decimal_text.ts";
import { uuidText } from "../schema/uuid_text.ts";
import type { AvroCursor } from "./avro_cursor.ts";
import { leastSize } from "./avro_node.ts";
import type { AvroType } from "./avro_schema.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads the value of a type. Numbers beyond the safe integers are bigints. */
export function readTree(type: AvroType, cursor: AvroCursor): unknown {
  switch (type.kind) {
    case "null":
      return null;
    case "boolean":
      cursor.skip(1);
      return cursor.bytes[cursor.at - 1] !== 0;
    case "int":
      return cursor.readInt();
    case "long": {
      const start = cursor.at;
      const value = cursor.readLong();
      return Number.isSafeInteger(value) ? value : cursor.bigLongFrom(start);
    }
    case "float":
      return cursor.readFloat();
    case "double":
      return cursor.readDouble();
    case "bytes":
    case "string": {
      const length = cursor.readLength();
      const start = cursor.at;
      cursor.skip(length);
      return textOrDecimal(cursor.bytes, { start, end: cursor.at, scale: type.scale });
    }
    case "fixed": {
      const start = cursor.at;
      cursor.skip(type.size);
      if (type.isUuid) return saltedName(uuidText(cursor.bytes, start));
      return textOrDecimal(cursor.bytes, { start, end: cursor.at, scale: type.scale });
    }
    case "enum":
      return saltedName(type.symbols[cursor.readIndex(type.symbols.length)]);
    case "union":
      return within(cursor, () => readTree(type.branches[cursor.readIndex(type.branches.length)], cursor));
    case "record":
      return within(cursor, () => {
        const members: Record<string, unknown> = {};
        for (const { name, type: fieldType } of type.fields) {
          const { at } = cursor;
          members[saltedName(name)] = readTree(fieldType, cursor);
          if (cursor.at === at) cursor.countEmpty(1);
        }
        return members;
      });
    case "array":
      return within(cursor, () => readArray(type.items, cursor));
    case "map":
      return within(cursor, () => readMap(type.values, cursor));
  }
}

function readArray(type: AvroType, cursor: AvroCursor): unknown[] {
  const items: unknown[] = [];
  const size = leastSize(type);
  for (let count = cursor.readBlock(size); count > 0; count = cursor.readBlock(size)) {
    const { blockEnd } = cursor;
    for (let i = 0; i < count; i++) items.push(readTree(type, cursor));
    cursor.endBlock(blockEnd);
  }
  return items;
}

function readMap(type: AvroType, cursor: AvroCursor): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  const size = 1 + leastSize(type);
  for (let count = cursor.readBlock(size); count > 0; count = cursor.readBlock(size)) {
    const { blockEnd } = cursor;
    for (let i = 0; i < count; i++) {
      const length = cursor.readLength();
      cursor.skip(length);
      const key = decoder.decode(cursor.bytes.subarray(cursor.at - length, cursor.at));
      members[saltedName(key)] = readTree(type, cursor);
    }
    cursor.endBlock(blockEnd);
  }
  return members;
}

function within(cursor: AvroCursor, read: () => unknown): unknown {
  cursor.enter();
  const value = read();
  cursor.leave();
  return value;
}

/** A decimal that is too long to be shown is nothing. */
function textOrDecimal(
  bytes: Uint8Array,
  { start, end, scale }: { readonly start: number; readonly end: number; readonly scale: number | undefined },
): unknown {
  if (scale === undefined) return saltedName(decoder.decode(bytes.subarray(start, end)));
  const text = decimalText(bytes, { start, end, scale });
  return text === undefined ? undefined : Number(text);
}
