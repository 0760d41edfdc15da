// Loads the package protobufjs. It takes some 15 MB of memory, so only a configuration that reads Protobuf loads it.

import type protobuf from "protobufjs";
import type descriptor from "protobufjs/ext/descriptor.js";

export interface Protobufjs {
  readonly protobuf: typeof protobuf;
  readonly descriptor: typeof descriptor;
}

let loaded: Protobufjs | undefined;

/** Comes before any use of a Protobuf schema. Later calls do nothing. */
export async function loadProtobufjs(): Promise<void> {
  if (loaded !== undefined) return;
  const [main, extension] = await Promise.all([import("protobufjs"), import("protobufjs/ext/descriptor.js")]);
  addFieldsInLinearTime(main.default);
  leaveReservationsOut(main.default);
  loaded = { protobuf: main.default, descriptor: extension.default };
}

/** protobufjs makes the table of all fields of a message again for each field that it adds: 10,000 fields take 5 s. */
function addFieldsInLinearTime({ Type, Field }: typeof protobuf): void {
  const add = Type.prototype.add;
  const tables = new WeakMap<protobuf.Type, Record<number, protobuf.ReflectionObject>>();
  Type.prototype.add = function (this: protobuf.Type & { _fieldsById: object | null }, object) {
    if (!(object instanceof Field) || object.extend !== undefined) return add.call(this, object);
    const table = tables.get(this) ?? { ...this.fieldsById };
    tables.set(this, table);
    // It asks this table whether the number is taken, and forgets it afterwards.
    this._fieldsById = table;
    const added = add.call(this, object);
    table[object.id] = object;
    return added;
  };
}

/**
 * protobufjs compares each field with all reserved numbers and names, which takes seconds where both are many. They bind the
 * next author of a schema and not its readers.
 */
function leaveReservationsOut({ Type, Enum }: typeof protobuf): void {
  for (const prototype of [Type.prototype, Enum.prototype]) {
    prototype.isReservedId = () => false;
    prototype.isReservedName = () => false;
  }
}

/** @throws {Error} before loadProtobufjs() has resolved */
export function protobufjs(): Protobufjs {
  if (loaded === undefined) throw new Error("protobufjs is not loaded: call loadProtobufjs() first");
  return loaded;
}
