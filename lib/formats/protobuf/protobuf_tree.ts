// Decodes a whole Protobuf message to the form that `parseSalted` gives to JSON. ProtobufReader needs no such value for
// paths of names and indexes; all other paths need it.

import { saltedName } from "../../text/salted_json.ts";
import { MALFORMED, type ProtobufCursor, SCALAR_WIRES, WIRE, wireOf } from "./protobuf_cursor.ts";
import {
  defaultKey,
  type FieldType,
  type MessageType,
  type ScalarKind,
  type ValueType,
} from "./protobuf_type.ts";

type Members = Record<string, unknown>;

/** By oneof, the member of a message that is present. */
const present = new WeakMap<Members, Map<ReadonlySet<number>, string>>();

/** @throws {SyntaxError} if the schema does not define the type of a field in the message or below it */
export function checkTypes(type: MessageType): void {
  const seen = new Set<MessageType>();
  const waiting = [type];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const field of next.fields.values()) {
      const value = field.value();
      if (value.kind === "message" || value.kind === "group") waiting.push(value.message);
    }
  }
}

/** Reads a message up to its end, or a group up to the end of that number, into `members`. */
export function readTree(type: MessageType, cursor: ProtobufCursor, members: Members, group = 0): Members {
  cursor.enter();
  while (group !== 0 || cursor.at < cursor.end) {
    const tag = cursor.readTag();
    if ((tag & 7) === WIRE.endGroup) {
      if (tag >>> 3 !== group) throw MALFORMED;
      break;
    }
    const field = type.fields.get(tag >>> 3);
    if (field === undefined || !readField(field, { tag, cursor, members })) cursor.skip(tag);
  }
  cursor.leave();
  return members;
}

/** Returns false for a value of another wire type, which is an unknown field. */
function readField(
  field: FieldType,
  { tag, cursor, members }: {
    readonly tag: number;
    readonly cursor: ProtobufCursor;
    readonly members: Members;
  },
): boolean {
  const { mapKey, isRepeated, oneof } = field;
  const name = saltedName(field.name);
  const type = field.value();
  const wire = tag & 7;
  const plain = wireOf(type);
  const isPacked = isRepeated && mapKey === undefined && wire === WIRE.length && plain !== WIRE.length &&
    plain !== WIRE.group;
  if (mapKey === undefined ? wire !== plain && !isPacked : wire !== WIRE.length) return false;
  if (wire === WIRE.varint && cursor.isUnknownEnum(type)) return false;
  if (oneof !== undefined) choose(members, oneof, name);
  if (mapKey !== undefined) {
    const map = (members[name] ?? {}) as Members;
    if (readEntry({ mapKey, type }, cursor, map)) members[name] = map;
    return true;
  }
  if (!isRepeated) {
    const { at } = cursor;
    members[name] = readValue(type, { tag, cursor, before: members[name] });
    if (!field.hasPresence && cursor.isDefault(type, at)) delete members[name];
    return true;
  }
  const list = (members[name] ?? []) as unknown[];
  if (!isPacked) list.push(readValue(type, { tag, cursor, before: undefined }));
  else {
    within(cursor, () => {
      while (cursor.at < cursor.end) {
        const isUnknown = cursor.isUnknownEnum(type);
        const value = readValue(type, { tag, cursor, before: undefined });
        if (!isUnknown) list.push(value);
      }
    });
  }
  if (list.length > 0) members[name] = list;
  return true;
}

/** Removes the member of the oneof that was present. It takes the same time however many fields the oneof has. */
function choose(members: Members, oneof: ReadonlySet<number>, name: string): void {
  const ofMessage = present.get(members) ?? new Map<ReadonlySet<number>, string>();
  const before = ofMessage.get(oneof);
  if (before === name) return;
  if (before === undefined) present.set(members, ofMessage);
  else delete members[before];
  ofMessage.set(oneof, name);
}

function readEntry(
  { mapKey, type }: { readonly mapKey: ScalarKind; readonly type: ValueType },
  cursor: ProtobufCursor,
  members: Members,
): boolean {
  let key = defaultKey(mapKey);
  let value: unknown;
  let hasValue = false;
  let isUnknown = false;
  const valueTag = 2 * 8 + wireOf(type);
  cursor.enter();
  within(cursor, () => {
    while (cursor.at < cursor.end) {
      const tag = cursor.readTag();
      if (tag === 8 + SCALAR_WIRES[mapKey]) {
        key = String(cursor.readScalar(mapKey));
      } else if (tag === valueTag) {
        isUnknown = cursor.isUnknownEnum(type);
        value = readValue(type, { tag, cursor, before: undefined });
        hasValue = true;
      } else cursor.skip(tag);
    }
  });
  cursor.leave();
  if (!isUnknown) members[saltedName(key)] = hasValue ? value : defaultOf(type);
  return !isUnknown;
}

/** A message that occurs again is added to the one before. */
function readValue(
  type: ValueType,
  { tag, cursor, before }: {
    readonly tag: number;
    readonly cursor: ProtobufCursor;
    readonly before: unknown;
  },
): unknown {
  switch (type.kind) {
    case "message": {
      const members = (before ?? {}) as Members;
      within(cursor, () => readTree(type.message, cursor, members));
      return members;
    }
    case "group":
      return readTree(type.message, cursor, (before ?? {}) as Members, tag >>> 3);
    case "string":
    case "bytes":
      return saltedName(cursor.readText());
    case "enum": {
      const number = Number(cursor.readNumber("int32"));
      const name = type.names.get(number);
      return name === undefined ? number : saltedName(name);
    }
    default:
      return cursor.readNumber(type.kind);
  }
}

function defaultOf(type: ValueType): unknown {
  switch (type.kind) {
    case "message":
    case "group":
      return {};
    case "string":
    case "bytes":
      return saltedName("");
    case "enum": {
      const [[number, name] = [0, undefined]] = type.names;
      return name === undefined ? number : saltedName(name);
    }
    default:
      return type.kind === "bool" ? false : 0;
  }
}

/** Reads a length, and then what is within it. */
function within(cursor: ProtobufCursor, read: () => void): void {
  const outer = cursor.end;
  cursor.end = cursor.readLength() + cursor.at;
  read();
  cursor.end = outer;
}
