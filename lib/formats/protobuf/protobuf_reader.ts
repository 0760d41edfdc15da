// Finds in Protobuf bytes what paths lead to. It walks the fields of a message by their numbers and skips what is not wanted:
// a record costs no object. Fields that are skipped are not looked into.

import { type FoundValues, VALUE, type ValueKind } from "../found_values.ts";
import { setSelected } from "../json/selected_values.ts";
import type { WantedPlan } from "../schema/wanted_plan.ts";
import { MALFORMED, ProtobufCursor, SCALAR_WIRES, WIRE, wireOf } from "./protobuf_cursor.ts";
import { type FieldPlan, type MessagePlan, messagePlan, restart, type ValuePlan } from "./protobuf_plan.ts";
import { checkTypes, readTree } from "./protobuf_tree.ts";
import {
  defaultKey,
  type FieldType,
  type MessageType,
  type ScalarKind,
  type ValueType,
} from "./protobuf_type.ts";

/** One serves for all schemas, since reading is synchronous. */
const cursor = new ProtobufCursor();
const NO_VALUES = undefined as unknown as FoundValues;

export class ProtobufReader {
  readonly #type: MessageType;
  readonly #wanted: WantedPlan;
  /** Undefined where the whole value has to be made. */
  readonly #plan: MessagePlan | undefined;
  #found = NO_VALUES;
  #row = 0;

  /** @throws {SyntaxError} if the schema does not define the types that are read */
  constructor(type: MessageType, wanted: WantedPlan) {
    this.#type = type;
    this.#wanted = wanted;
    this.#plan = wanted.tree && messagePlan(type, wanted.tree);
    if (this.#plan === undefined) checkTypes(type);
  }

  /**
   * Finds the values of the record `bytes[start..end)` and sets the cells of a row of `found`; false if the bytes are no
   * message of the type. O(bytes).
   */
  read(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean {
    cursor.begin(bytes, start, end);
    this.#found = found;
    this.#row = row;
    try {
      if (this.#plan === undefined) {
        setSelected(readTree(this.#type, cursor, {}), this.#wanted.wanted, { found, row });
      } else {
        for (let path = 0; path < found.width; path++) found.set(row, path, VALUE.nothing);
        for (const { path } of this.#plan.cells) found.set(row, path, VALUE.composite);
        restart(this.#plan);
        this.#walk(this.#plan, 0);
      }
    } catch (error) {
      if (error !== MALFORMED) throw error;
      return false;
    }
    return true;
  }

  /** Reads fields up to the end of the message, or of the group with that number. */
  #walk({ fields }: MessagePlan, group: number): void {
    cursor.enter();
    while (group !== 0 || cursor.at < cursor.end) {
      const tag = cursor.readTag();
      const plan = fields.get(tag >>> 3);
      if ((tag & 7) === WIRE.endGroup) {
        if (tag >>> 3 !== group) throw MALFORMED;
        break;
      }
      if (plan === undefined) cursor.skip(tag);
      else this.#readField(plan, tag);
    }
    cursor.leave();
  }

  #readField(plan: FieldPlan, tag: number): void {
    const { field, type, single } = plan;
    const wire = tag & 7;
    const isScalar = type.kind !== "message" && type.kind !== "group";
    const isPacked = single === undefined && field.mapKey === undefined && isScalar &&
      wire === WIRE.length && wireOf(type) !== WIRE.length;
    const isMap = field.mapKey !== undefined && wire === WIRE.length;
    // A value of another wire type is an unknown field.
    if (!isPacked && !isMap && (field.mapKey !== undefined || wire !== wireOf(type))) return cursor.skip(tag);
    if (wire === WIRE.varint && cursor.isUnknownEnum(type)) return cursor.skip(tag);
    for (const path of plan.excluded) this.#found.set(this.#row, path, VALUE.nothing);
    if (single !== undefined) return this.#readSingle(field, single, tag);
    if (isMap) return this.#readEntry(plan, field.mapKey);
    if (!isPacked) return this.#readElement(plan, tag);
    const outer = cursor.end;
    cursor.end = cursor.readLength() + cursor.at;
    const elementTag = field.number * 8 + wireOf(type);
    while (cursor.at < cursor.end) {
      if (cursor.isUnknownEnum(type)) cursor.skip(elementTag);
      else this.#readElement(plan, elementTag);
    }
    cursor.end = outer;
  }

  #readSingle({ hasPresence }: FieldType, plan: ValuePlan, tag: number): void {
    const { at } = cursor;
    this.#readValue(plan, tag);
    if (hasPresence || !cursor.isDefault(plan.type, at)) return;
    for (const path of plan.paths) this.#found.set(this.#row, path, VALUE.nothing);
  }

  #readElement(plan: FieldPlan, tag: number): void {
    if (plan.count === 0) this.#setList(plan);
    const element = plan.elements.get(plan.count++);
    const isListed = plan.cells.some(({ elements }) => elements);
    const { at } = cursor;
    if (element === undefined) {
      if (!isListed) return cursor.skip(tag);
    } else {
      if (element.message !== undefined) restart(element.message);
      this.#readValue(element, tag);
      if (!isListed) return;
      cursor.at = at;
    }
    plan.list.push(this.#listed(plan.type, tag));
  }

  #setList({ cells, list }: FieldPlan): void {
    for (const { path, elements } of cells) {
      if (elements) this.#found.setList(this.#row, path, list);
      else this.#found.set(this.#row, path, VALUE.composite);
    }
  }

  /** A value of a list: the parts of a message are of no further use. */
  #listed(type: ValueType, tag: number): unknown {
    switch (type.kind) {
      case "message":
      case "group":
        cursor.skip(tag);
        return {};
      case "string":
      case "bytes":
        return cursor.readText();
      case "enum": {
        const number = Number(cursor.readNumber("int32"));
        return type.names.get(number) ?? number;
      }
      default:
        return cursor.readNumber(type.kind);
    }
  }

  /** A key that occurs again replaces the value that it had before. Parts that are absent have their default values. */
  #readEntry(plan: FieldPlan, keyKind: ScalarKind): void {
    const entryEnd = cursor.readLength() + cursor.at;
    const outer = cursor.end;
    cursor.end = entryEnd;
    cursor.enter();
    let key = defaultKey(keyKind);
    let valueAt = -1;
    const valueTag = 2 * 8 + wireOf(plan.type);
    let isUnknown = false;
    while (cursor.at < entryEnd) {
      const tag = cursor.readTag();
      if (tag === 8 + SCALAR_WIRES[keyKind]) key = String(cursor.readScalar(keyKind));
      else {
        if (tag === valueTag) {
          valueAt = cursor.at;
          isUnknown = cursor.isUnknownEnum(plan.type);
        }
        cursor.skip(tag);
      }
    }
    const member = isUnknown ? undefined : plan.members.get(key);
    if (member !== undefined) {
      for (const path of member.paths) this.#found.set(this.#row, path, VALUE.nothing);
      if (member.message !== undefined) restart(member.message);
      cursor.at = valueAt;
      if (valueAt >= 0) this.#readValue(member, valueTag);
      else this.#setDefault(member);
    }
    if (!isUnknown) this.#set(plan, VALUE.composite);
    cursor.leave();
    cursor.at = entryEnd;
    cursor.end = outer;
  }

  #readValue(plan: ValuePlan, tag: number): void {
    const { type, message } = plan;
    switch (type.kind) {
      case "message":
      case "group": {
        this.#set(plan, VALUE.composite);
        if (message === undefined) return cursor.skip(tag);
        if (type.kind === "group") return this.#walk(message, tag >>> 3);
        const length = cursor.readLength();
        const outer = cursor.end;
        cursor.end = cursor.at + length;
        this.#walk(message, 0);
        cursor.end = outer;
        return;
      }
      case "string":
      case "bytes": {
        const length = cursor.readLength();
        const start = cursor.at;
        cursor.at += length;
        for (const { path } of plan.cells) {
          this.#found.setPlace(this.#row, path, VALUE.text, start, cursor.at);
        }
        return;
      }
      case "enum": {
        const number = Number(cursor.readNumber("int32"));
        return this.#setEnum(plan, type.names.get(number), number);
      }
      default:
        return this.#setNumber(plan, cursor.readNumber(type.kind));
    }
  }

  #setDefault(plan: ValuePlan): void {
    const { type } = plan;
    switch (type.kind) {
      case "message":
      case "group":
        return this.#set(plan, VALUE.composite);
      case "string":
      case "bytes":
        for (const { path } of plan.cells) this.#found.setMade(this.#row, path, VALUE.text, "");
        return;
      case "enum": {
        const [[number, name] = [0, undefined]] = type.names;
        return this.#setEnum(plan, name, number);
      }
      default:
        return this.#setNumber(plan, type.kind === "bool" ? false : 0);
    }
  }

  /** A number without a name is shown as it is. */
  #setEnum(plan: ValuePlan, name: string | undefined, number: number): void {
    if (name === undefined) return this.#setNumber(plan, number);
    for (const { path } of plan.cells) this.#found.setMade(this.#row, path, VALUE.text, name);
  }

  #setNumber(plan: ValuePlan, value: number | bigint | boolean): void {
    if (typeof value === "boolean") return this.#set(plan, value ? VALUE.true : VALUE.false);
    const found = this.#found;
    for (const { path } of plan.cells) {
      if (Number.isSafeInteger(value)) found.setInteger(this.#row, path, Number(value));
      else found.setMade(this.#row, path, VALUE.number, String(value));
    }
  }

  #set({ cells }: ValuePlan | FieldPlan, kind: ValueKind): void {
    for (const { path } of cells) this.#found.set(this.#row, path, kind);
  }
}
