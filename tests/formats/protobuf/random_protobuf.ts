// Random .proto files with random values, and the values that protobufjs decodes as JSON would have them.

import protobuf from "protobufjs";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";

/** protobufjs takes the names of Object.prototype for fields that are there. */
const NAMES = ["message", "a", "b", "id", "ab", "ba"];
const SCALARS = [
  "double",
  "float",
  "int32",
  "uint32",
  "sint32",
  "fixed32",
  "sfixed32",
  "int64",
  "uint64",
  "sint64",
  "fixed64",
  "sfixed64",
  "bool",
  "string",
  "bytes",
];
/** protobufjs has other keys for 64 bits. */
const KEYS = ["int32", "uint32", "sint32", "fixed32", "bool", "string"];
const TEXTS = ["", "x", "a,b", "ä€😀", "y".repeat(200)];
const MAX_DEPTH = 3;

/** A .proto file whose message M has all others. */
export function randomFile(random: Random): string {
  const upTo = (max: number) => randomInteger(random, 0, max);
  const one = <T>(list: readonly T[]): T => list[upTo(list.length - 1)];
  const syntax = one(["proto2", "proto3"]);
  let count = 0;
  const makeMessage = (name: string, depth: number): string => {
    const inner: string[] = [];
    const typeOf = (): string => {
      if (random() < 0.15) return "E";
      if (depth === MAX_DEPTH || random() < 0.6) return one(SCALARS);
      if (random() < 0.2) return name;
      const nested = `N${count++}`;
      inner.push(makeMessage(nested, depth + 1));
      return nested;
    };
    let number = 0;
    const fields = NAMES.filter(() => random() < 0.6).map((field) => {
      number += 1 + (random() < 0.2 ? upTo(3000) : 0);
      const kind = random();
      if (kind < 0.15) return `map<${one(KEYS)}, ${typeOf()}> ${field} = ${number};`;
      const type = typeOf();
      if (kind < 0.4) {
        const isPackable = type === "E" || (SCALARS.includes(type) && type !== "string" && type !== "bytes");
        const packed = isPackable && random() < 0.5 ? ` [packed = ${one(["true", "false"])}]` : "";
        return `repeated ${type} ${field} = ${number}${packed};`;
      }
      if (kind < 0.6) {
        return `oneof o${number} { ${type} ${field} = ${number}; string x${number} = ${++number}; }`;
      }
      return `${syntax === "proto2" || kind < 0.8 ? "optional " : ""}${type} ${field} = ${number};`;
    });
    return `message ${name} { ${[...inner, ...fields].join("\n")} }`;
  };
  return `syntax = "${syntax}";\npackage p;\nenum E { ZERO = 0; ONE = 1; MANY = 1000; }\n${
    makeMessage("M", 0)
  }`;
}

/** A random message, encoded by protobufjs. */
export function randomMessage(type: protobuf.Type, random: Random): Uint8Array {
  return type.encode(type.fromObject(randomObject(type, random, 0))).finish();
}

function randomObject(type: protobuf.Type, random: Random, depth: number): Record<string, unknown> {
  const upTo = (max: number) => randomInteger(random, 0, max);
  const one = <T>(list: readonly T[]): T => list[upTo(list.length - 1)];
  const valueOf = (field: protobuf.Field): unknown => {
    const { resolvedType } = field.resolve();
    if (resolvedType instanceof protobuf.Type) return randomObject(resolvedType, random, depth + 1);
    if (resolvedType instanceof protobuf.Enum) return one([0, 1, 1000]);
    switch (field.type) {
      case "double":
        return one([0, 1.5, -1e300, Infinity, NaN, random()]);
      case "float":
        return one([0, 1.5, 0.1, -Infinity, NaN]);
      case "bool":
        return random() < 0.5;
      case "string":
        return one(TEXTS);
      case "bytes":
        return new TextEncoder().encode(one(TEXTS));
      case "int64":
      case "sint64":
      case "sfixed64":
        return one(["0", "-1", "9223372036854775807", "-9223372036854775808", String(upTo(2 ** 40))]);
      case "uint64":
      case "fixed64":
        return one(["0", "1", "18446744073709551615", String(upTo(2 ** 40))]);
      case "uint32":
      case "fixed32":
        return one([0, 1, 2 ** 32 - 1, upTo(300)]);
      default:
        return one([0, -1, 2 ** 31 - 1, -(2 ** 31), upTo(300)]);
    }
  };
  const object: Record<string, unknown> = {};
  const chosen = new Set<unknown>();
  for (const field of type.fieldsArray) {
    if (random() < 0.4 || depth > 4) continue;
    if (field.partOf !== null && chosen.has(field.partOf)) continue;
    chosen.add(field.partOf);
    if (field instanceof protobuf.MapField) {
      const keys = field.keyType === "bool"
        ? ["true", "false"]
        : field.keyType === "string"
        ? ["x", "", "ä"]
        : ["0", "7"];
      object[field.name] = Object.fromEntries(
        keys.filter(() => random() < 0.6).map((key) => [key, valueOf(field)]),
      );
    } else if (field.repeated) object[field.name] = Array.from({ length: upTo(4) }, () => valueOf(field));
    else object[field.name] = valueOf(field);
  }
  return object;
}

/** A decoded message as JSON would have it: absent fields are absent. */
export function plainMessage(type: protobuf.Type, message: object): unknown {
  const members: [string, unknown][] = [];
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = (message as Record<string, unknown>)[field.name];
    if (field instanceof protobuf.MapField) {
      const entries = Object.entries(value as object);
      if (entries.length === 0) continue;
      members.push([
        field.name,
        Object.fromEntries(entries.map(([key, one]) => [key, plainValue(field, one)])),
      ]);
    } else if (field.repeated) {
      const list = value as readonly unknown[];
      if (list.length > 0) members.push([field.name, list.map((one) => plainValue(field, one))]);
    } else members.push([field.name, plainValue(field, value)]);
  }
  return Object.fromEntries(members);
}

function plainValue(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType } = field.resolve();
  if (resolvedType instanceof protobuf.Type) return plainMessage(resolvedType, value as object);
  if (resolvedType instanceof protobuf.Enum) return resolvedType.valuesById[Number(value)] ?? value;
  if (value instanceof Uint8Array) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
  return typeof value === "object" ? Number(String(value)) : value;
}
