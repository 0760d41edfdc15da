// Finds in Avro bytes what paths lead to. It skips to the values that are wanted, and reads all others only as far as their
// lengths: a record costs no object. The whole value is checked, whatever is wanted of it.

import { type FoundValues, VALUE, type ValueKind } from "../found_values.ts";
import { setSelected, unsaltedList } from "../json/selected_values.ts";
import { decimalText } from "../schema/decimal_text.ts";
import { uuidText } from "../schema/uuid_text.ts";
import type { WantedPlan } from "../schema/wanted_plan.ts";
import { AvroCursor, MALFORMED } from "./avro_cursor.ts";
import { type AvroNode, NodeMaker, STEP } from "./avro_node.ts";
import type { AvroType } from "./avro_schema.ts";
import { readTree } from "./avro_tree.ts";

// The loop's constants are declared here, because V8 does not fold imported ones.
const {
  skip: SKIP,
  skipInt: SKIP_INT,
  skipLong: SKIP_LONG,
  skipPrefixed: SKIP_PREFIXED,
  skipEnum: SKIP_ENUM,
  record: RECORD,
  union: UNION,
  array: ARRAY,
  map: MAP,
} = STEP;
const { text: TEXT, number: NUMBER, composite: COMPOSITE, nothing: NOTHING } = VALUE;

/** One serves for all schemas, since reading is synchronous. */
const cursor = new AvroCursor();
const NO_VALUES = undefined as unknown as FoundValues;

export class AvroReader {
  readonly #type: AvroType;
  readonly #plan: WantedPlan;
  /** Undefined where the whole value has to be made. */
  readonly #root: AvroNode | undefined;
  #found = NO_VALUES;
  #row = 0;

  constructor(type: AvroType, plan: WantedPlan) {
    this.#type = type;
    this.#plan = plan;
    this.#root = plan.tree && new NodeMaker().make(type, plan.tree);
  }

  /**
   * Finds the values of the record `bytes[start..end)` and sets the cells of a row of `found`; false if the bytes are no
   * value of the type. O(bytes).
   */
  read(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean {
    cursor.begin(bytes, start, end);
    this.#found = found;
    this.#row = row;
    try {
      if (this.#root === undefined) {
        setSelected(readTree(this.#type, cursor), this.#plan.wanted, { found, row });
      } else {
        for (let path = 0; path < found.width; path++) found.set(row, path, NOTHING);
        this.#walk(this.#root);
      }
    } catch (error) {
      if (error !== MALFORMED) throw error;
      return false;
    }
    return cursor.at === end;
  }

  #walk(node: AvroNode): void {
    switch (node.step) {
      case SKIP:
        return cursor.skip(node.size);
      case SKIP_INT:
        return cursor.skipInt();
      case SKIP_LONG:
        return cursor.skipLong();
      case SKIP_PREFIXED:
        return cursor.skipPrefixed();
      case SKIP_ENUM:
        cursor.readIndex(node.size);
        return;
      case RECORD:
        return this.#walkRecord(node);
      case UNION: {
        cursor.enter();
        const { children } = node;
        this.#walk(children[cursor.readIndex(children.length)]);
        return cursor.leave();
      }
      case ARRAY:
        return this.#walkArray(node);
      case MAP:
        return this.#walkMap(node);
      default:
        this.#setValue(node);
    }
  }

  #walkRecord(node: AvroNode): void {
    cursor.enter();
    if (node.cells.length > 0) this.#set(node, COMPOSITE);
    const { children } = node;
    for (let i = 0; i < children.length; i++) {
      const child = children[i];
      if (child.step === SKIP_PREFIXED) cursor.skipPrefixed();
      else if (child.step === SKIP) cursor.skip(child.size);
      else if (child.step === SKIP_LONG) cursor.skipLong();
      else this.#walk(child);
    }
    cursor.leave();
  }

  #walkArray(node: AvroNode): void {
    const { cells, elements, items, size } = node;
    const { at: start, emptyValues } = cursor;
    const isSkipped = items.step === SKIP && elements.size === 0;
    cursor.enter();
    let index = 0;
    for (let count = cursor.readBlock(size); count > 0; count = cursor.readBlock(size)) {
      const { blockEnd } = cursor;
      if (isSkipped) cursor.skip(count * items.size);
      else for (let i = 0; i < count; i++) this.#walk(elements.get(index++) ?? items);
      cursor.endBlock(blockEnd);
    }
    cursor.leave();
    for (const { path, elements } of cells) {
      if (!elements) this.#found.set(this.#row, path, COMPOSITE);
      else {
        cursor.at = start;
        cursor.emptyValues = emptyValues;
        this.#found.setList(this.#row, path, unsaltedList(readTree(node.type, cursor) as unknown[]));
      }
    }
  }

  #walkMap({ cells, members, items, size }: AvroNode): void {
    for (const { path } of cells) this.#found.set(this.#row, path, COMPOSITE);
    cursor.enter();
    for (let count = cursor.readBlock(size); count > 0; count = cursor.readBlock(size)) {
      const { blockEnd } = cursor;
      for (let i = 0; i < count; i++) {
        const length = cursor.readLength();
        cursor.skip(length);
        if (members.length === 0) this.#walk(items);
        else this.#walkMember(members, items, length);
      }
      cursor.endBlock(blockEnd);
    }
    cursor.leave();
  }

  /** The key is the `length` bytes before. One that occurs again replaces the member that it had before. */
  #walkMember(members: AvroNode["members"], others: AvroNode, length: number): void {
    const start = cursor.at - length;
    const { bytes } = cursor;
    const member = members.find(({ key }) => key.length === length && isAt(key, bytes, start));
    if (member === undefined) return this.#walk(others);
    for (const path of member.paths) this.#found.set(this.#row, path, NOTHING);
    this.#walk(member.node);
  }

  #setValue(node: AvroNode): void {
    const { type } = node;
    switch (type.kind) {
      case "null":
        return this.#set(node, VALUE.null);
      case "boolean":
        cursor.skip(1);
        return this.#set(node, cursor.bytes[cursor.at - 1] === 0 ? VALUE.false : VALUE.true);
      case "int":
        return this.#setInteger(node, cursor.readInt());
      case "long":
        return this.#setLong(node, type.unitsPerMs);
      case "float":
        return this.#setMade(node, NUMBER, String(cursor.readFloat()));
      case "double":
        return this.#setMade(node, NUMBER, String(cursor.readDouble()));
      case "bytes":
      case "string":
        return this.#setBytes(node, cursor.readLength(), type.scale);
      case "fixed":
        if (!type.isUuid) return this.#setBytes(node, type.size, type.scale);
        cursor.skip(type.size);
        return this.#setMade(node, TEXT, uuidText(cursor.bytes, cursor.at - type.size));
      case "enum":
        return this.#setMade(node, TEXT, type.symbols[cursor.readIndex(type.symbols.length)]);
      default:
        throw new TypeError(`${type.kind} is no scalar`);
    }
  }

  #set({ cells }: AvroNode, kind: ValueKind): void {
    for (const { path } of cells) this.#found.set(this.#row, path, kind);
  }

  #setMade({ cells }: AvroNode, kind: ValueKind, text: string): void {
    for (const { path } of cells) this.#found.setMade(this.#row, path, kind, text);
  }

  #setInteger({ cells }: AvroNode, integer: number): void {
    for (const { path } of cells) this.#found.setInteger(this.#row, path, integer);
  }

  #setLong(node: AvroNode, unitsPerMs = 1): void {
    const start = cursor.at;
    const value = cursor.readLong();
    const isSafe = Number.isSafeInteger(value);
    for (const { path, inMilliseconds } of node.cells) {
      if (inMilliseconds && unitsPerMs > 1) {
        this.#found.setInteger(this.#row, path, Math.floor(value / unitsPerMs));
      } else if (isSafe) this.#found.setInteger(this.#row, path, value);
      else this.#found.setMade(this.#row, path, NUMBER, String(cursor.bigLongFrom(start)));
    }
  }

  #setBytes(node: AvroNode, length: number, scale: number | undefined): void {
    const start = cursor.at;
    cursor.skip(length);
    if (scale !== undefined) {
      const text = decimalText(cursor.bytes, { start, end: cursor.at, scale });
      if (text !== undefined) this.#setMade(node, NUMBER, text);
      return;
    }
    for (const { path } of node.cells) this.#found.setPlace(this.#row, path, TEXT, start, cursor.at);
  }
}

function isAt(key: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < key.length; i++) {
    if (key[i] !== bytes[start + i]) return false;
  }
  return true;
}
