// Reads Avro schemas (https://avro.apache.org/docs/1.12.0/specification/) as far as values need them. A schema comes from
// outside: its names are keys of maps only, and its size and depth have bounds.

import { memberOf, parseSalted, saltedName, unsalted } from "../../text/salted_json.ts";
import { checkSchemaLength, textBytes } from "../schema/schema_length.ts";

/** With the namespace. Each type may have a long one, and the engine's tables take quadratic time for very long names. */
const MAX_NAME_LENGTH = 1_024;
const MAX_DEPTH = 64;
/** Types within each other, also by their names. */
const MAX_HEIGHT = 256;
/** A name or a definition is one: each takes memory, and a union of ints needs six characters for one. */
const MAX_TYPES = 50_000;
/** The memory of a type with the node that reads it. */
const BYTES_PER_TYPE = 512;
/** The digits of a decimal after the point; a schema with more has plain bytes. */
const MAX_SCALE = 256;

const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;

/** `unitsPerMs`: of a timestamp that is no number of milliseconds. */
export interface PrimitiveType {
  readonly kind: typeof PRIMITIVES[number];
  readonly scale?: number | undefined;
  readonly unitsPerMs?: number | undefined;
}

/** `scale` is that of a decimal. */
export interface FixedType {
  readonly kind: "fixed";
  readonly size: number;
  readonly scale: number | undefined;
  readonly isUuid: boolean;
}

export interface RecordType {
  readonly kind: "record";
  readonly fields: readonly { readonly name: string; readonly type: AvroType }[];
}

export type AvroType =
  | PrimitiveType
  | FixedType
  | RecordType
  | { readonly kind: "enum"; readonly symbols: readonly string[] }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] };

const UNITS_PER_MS: ReadonlyMap<unknown, number> = new Map([
  ["timestamp-micros", 1e3],
  ["timestamp-nanos", 1e6],
  ["local-timestamp-micros", 1e3],
  ["local-timestamp-nanos", 1e6],
]);

const encoder = new TextEncoder();

export interface AvroSchema {
  readonly type: AvroType;
  /** An upper estimate of its memory. */
  readonly sizeBytes: number;
}

/**
 * Reads a schema. `references` are schemas whose names it uses, each after those that it uses itself.
 * @throws {SyntaxError} that says what is wrong
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroSchema {
  const texts = [text, ...references];
  checkSchemaLength(texts);
  const reader = new SchemaReader();
  for (const reference of references) reader.read(parseJson(reference), "", 0);
  const type = reader.read(parseJson(text), "", 0);
  return { type, sizeBytes: textBytes(texts) + reader.types * BYTES_PER_TYPE };
}

function parseJson(text: string): unknown {
  try {
    return parseSalted(encoder.encode(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // The name of a primitive type is a schema, also without quotes.
    const name = text.trim();
    if (PRIMITIVES.some((kind) => kind === name)) return saltedName(name);
    throw new SyntaxError("the schema is not JSON", { cause });
  }
}

/** Takes schemas as `parseSalted` returns them. */
class SchemaReader {
  /** The number of types read. */
  types = 0;
  readonly #named = new Map<string, AvroType>();
  /** How many types are within each other; 0 for those that are not complete yet, so that a type may contain itself. */
  readonly #heights = new Map<AvroType, number>();

  read(schema: unknown, namespace: string, depth: number): AvroType {
    if (++this.types > MAX_TYPES) throw new SyntaxError(`the schema has more than ${MAX_TYPES} types`);
    if (depth > MAX_DEPTH) throw new SyntaxError(`the schema is nested more than ${MAX_DEPTH} deep`);
    if (typeof schema === "string") return this.#byName(unsalted(schema), namespace);
    if (Array.isArray(schema)) return this.#union(schema, namespace, depth);
    if (typeof schema !== "object" || schema === null) {
      throw new SyntaxError("a type is neither name nor object");
    }
    switch (member(schema, "type")) {
      case "record":
      case "error":
        return this.#record(schema, namespace, depth);
      case "enum":
        return this.#define(schema, namespace, { kind: "enum", symbols: texts(memberOf(schema, "symbols")) });
      case "fixed":
        return this.#define(schema, namespace, fixedType(schema));
      case "array":
        return this.#array(this.read(memberOf(schema, "items"), namespace, depth + 1));
      case "map":
        return this.#map(this.read(memberOf(schema, "values"), namespace, depth + 1));
      default:
        return withLogicalType(this.read(memberOf(schema, "type"), namespace, depth + 1), schema);
    }
  }

  #byName(name: string, namespace: string): AvroType {
    const kind = PRIMITIVES.find((kind) => kind === name);
    if (kind !== undefined) return { kind };
    const type = this.#named.get(fullName(name, namespace)) ?? this.#named.get(name);
    if (type === undefined) throw new SyntaxError(`the type ${JSON.stringify(name)} is not defined`);
    return type;
  }

  #array(items: AvroType): AvroType {
    return this.#measured({ kind: "array", items }, [items]);
  }

  #map(values: AvroType): AvroType {
    return this.#measured({ kind: "map", values }, [values]);
  }

  #union(schemas: readonly unknown[], namespace: string, depth: number): AvroType {
    const branches = schemas.map((schema) => this.read(schema, namespace, depth + 1));
    if (branches.some(({ kind }) => kind === "union")) throw new SyntaxError("a union is in a union");
    return this.#measured({ kind: "union", branches }, branches);
  }

  #record(schema: unknown, outer: string, depth: number): AvroType {
    const fields: { name: string; type: AvroType }[] = [];
    const record = this.#define(schema, outer, { kind: "record", fields });
    const name = nameOf(schema, outer);
    const namespace = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    const list = memberOf(schema, "fields");
    if (!Array.isArray(list)) {
      throw new SyntaxError(`the record ${JSON.stringify(name)} has no fields`);
    }
    const names = new Set<string>();
    for (const field of list) {
      const fieldName = member(field, "name");
      if (typeof fieldName !== "string" || names.has(fieldName)) {
        throw new SyntaxError(`the record ${JSON.stringify(name)} has a field without a name of its own`);
      }
      names.add(checkName(fieldName));
      fields.push({
        name: fieldName,
        type: withLogicalType(this.read(memberOf(field, "type"), namespace, depth + 1), field),
      });
    }
    return this.#measured(record, fields.map(({ type }) => type));
  }

  #measured(type: AvroType, parts: readonly AvroType[]): AvroType {
    const height = parts.reduce((most, part) => Math.max(most, this.#heights.get(part) ?? 0), 0) + 1;
    if (height > MAX_HEIGHT) throw new SyntaxError(`more than ${MAX_HEIGHT} types are within each other`);
    this.#heights.set(type, height);
    return type;
  }

  /** Gives a type the name that its schema has. */
  #define<T extends AvroType>(schema: unknown, namespace: string, type: T): T {
    const name = nameOf(schema, namespace);
    if (this.#named.has(name)) throw new SyntaxError(`the type ${JSON.stringify(name)} is defined twice`);
    this.#named.set(name, type);
    return type;
  }
}

/** The member of a schema; a string without its salt. */
function member(schema: unknown, name: string): unknown {
  const value = memberOf(schema, name);
  return typeof value === "string" ? unsalted(value) : value;
}

function nameOf(schema: unknown, outer: string): string {
  const name = member(schema, "name");
  const namespace = member(schema, "namespace");
  if (typeof name !== "string" || name === "") {
    throw new SyntaxError("a record, enum or fixed type has no name");
  }
  return fullName(name, typeof namespace === "string" ? namespace : outer);
}

/** @throws {SyntaxError} if it is too long */
function fullName(name: string, namespace: string): string {
  const isFull = namespace === "" || name.includes(".");
  return checkName(isFull ? name : `${namespace}.${name}`);
}

function checkName(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  throw new SyntaxError(`a name has more than ${MAX_NAME_LENGTH} characters`);
}

function texts(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
  if (!isList) throw new SyntaxError("an enum has no list of symbols");
  return value.map(unsalted);
}

function fixedType(schema: unknown): FixedType {
  const size = member(schema, "size");
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw new SyntaxError("a fixed type has no size");
  return {
    kind: "fixed",
    size: Number(size),
    scale: decimalScale(schema),
    isUuid: member(schema, "logicalType") === "uuid" && size === 16,
  };
}

/** A logical type that does not fit its type is ignored. Writers put it beside the name of the type, or into the field. */
function withLogicalType(type: AvroType, schema: unknown): AvroType {
  if (type.kind === "bytes") return { kind: type.kind, scale: type.scale ?? decimalScale(schema) };
  if (type.kind !== "long") return type;
  return { kind: type.kind, unitsPerMs: type.unitsPerMs ?? UNITS_PER_MS.get(member(schema, "logicalType")) };
}

function decimalScale(schema: unknown): number | undefined {
  const precision = member(schema, "precision");
  const scale = member(schema, "scale") ?? 0;
  if (
    member(schema, "logicalType") !== "decimal" || !Number.isSafeInteger(precision) ||
    !Number.isSafeInteger(scale)
  ) {
    return undefined;
  }
  const isValid = Number(scale) >= 0 && Number(scale) <= Math.min(MAX_SCALE, Number(precision));
  return isValid ? Number(scale) : undefined;
}
