// The message types of .proto files, as far as values need them. protobufjs parses the text; a schema comes from outside, so
// its names are keys of maps only.

import type protobuf from "protobufjs";
import { checkSchemaLength, textBytes } from "../schema/schema_length.ts";
import type { SchemaText } from "../schema/value_schema.ts";
import { addFile, addKnownFiles, countTokens, messagesIn } from "./proto_files.ts";
import { protobufjs } from "./protobufjs.ts";
import { safeText, trueName } from "./safe_names.ts";

/** The most tokens of a schema with the schemas that it imports: protobufjs takes some 2 µs for each. */
const MAX_TOKENS = 50_000;
/** The memory of protobufjs's objects, and of those that read a message. */
const BYTES_PER_TOKEN = 512;
/** The memory of Google's files, which each schema has. */
const KNOWN_FILES_BYTES = 64 * 1024;

const SCALAR_KINDS = [
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
] as const;
export type ScalarKind = typeof SCALAR_KINDS[number];

export type ValueType =
  | { readonly kind: ScalarKind }
  /** A field of a closed enum is absent if its number has no name. */
  | { readonly kind: "enum"; readonly names: ReadonlyMap<number, string>; readonly isClosed: boolean }
  | { readonly kind: "message" | "group"; readonly message: MessageType };

/** The key of an entry of a map without one, as text. */
export function defaultKey(kind: ScalarKind): string {
  if (kind === "string") return "";
  return kind === "bool" ? "false" : "0";
}

export interface FieldType {
  readonly name: string;
  /** The name that JSON gives it. */
  readonly jsonName: string;
  readonly number: number;
  readonly isRepeated: boolean;
  /** A scalar without presence is absent where it has its default. */
  readonly hasPresence: boolean;
  /** The keys of a map, whose values have the type below. */
  readonly mapKey: ScalarKind | undefined;
  /** The numbers of all fields of its oneof, of which the last one is present. They share the set. */
  readonly oneof: ReadonlySet<number> | undefined;
  /** @throws {SyntaxError} if the schema does not define it */
  value(): ValueType;
}

export interface MessageType {
  readonly fields: ReadonlyMap<number, FieldType>;
}

const SCALARS: ReadonlySet<string> = new Set(SCALAR_KINDS);

/** The messages of a .proto file, which may refer to those of imported ones. */
export class ProtobufFile {
  /** An upper estimate of its memory, with that of all its readers. */
  readonly sizeBytes: number;
  readonly #root: protobuf.Root = new (protobufjs().protobuf.Root)();
  /** The messages at the top of the file itself. */
  readonly #top: readonly protobuf.Type[];
  readonly #types = new Map<protobuf.Type, MessageType>();
  readonly #oneofs = new Map<protobuf.OneOf, ReadonlySet<number>>();

  /** @throws {SyntaxError} that says what is wrong */
  constructor({ text, references }: SchemaText) {
    const files = [text, ...references.map((reference) => reference.text)];
    checkSchemaLength(files);
    let left = MAX_TOKENS;
    for (const file of files) {
      left -= countTokens(file, left);
      if (left < 0) throw new SyntaxError(`the schema has more than ${MAX_TOKENS} tokens`);
    }
    this.sizeBytes = KNOWN_FILES_BYTES + textBytes(files) + (MAX_TOKENS - left) * BYTES_PER_TOKEN;
    // The file comes first, so that its messages are before those of other files in the same package.
    this.#top = addFile(text, this.#root);
    for (const reference of references) addFile(reference.text, this.#root);
    addKnownFiles(this.#root);
    resolveTypes(this.#root);
  }

  /** A message by its full name. @throws {SyntaxError} if there is none */
  message(name: string): MessageType {
    const { Type } = protobufjs().protobuf;
    const found = this.#root.lookup(safeText(name).split("."), [Type]);
    if (!(found instanceof Type)) {
      throw new SyntaxError(`the schema has no message ${JSON.stringify(name)}`);
    }
    return this.#messageOf(found);
  }

  /** The message with these indexes: in the file, in that message, and so on; undefined for none. */
  messageAt(indexes: readonly number[]): MessageType | undefined {
    let types = this.#top;
    let type: protobuf.Type | undefined;
    for (const index of indexes) {
      type = types[index];
      if (type === undefined) return undefined;
      types = messagesIn(type);
    }
    return type && this.#messageOf(type);
  }

  #messageOf(type: protobuf.Type): MessageType {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const fields = new Map<number, FieldType>();
    const message = { fields };
    this.#types.set(type, message);
    for (const field of type.fieldsArray) fields.set(field.id, this.#fieldOf(field));
    return message;
  }

  #fieldOf(field: protobuf.Field): FieldType {
    const { id, repeated, partOf, hasPresence } = field;
    const name = trueName(field.name);
    const jsonName = field.options?.json_name;
    let value: ValueType | undefined;
    return {
      name,
      jsonName: typeof jsonName === "string" ? trueName(jsonName) : jsonNameOf(name),
      number: id,
      isRepeated: repeated,
      hasPresence,
      mapKey: field instanceof protobufjs().protobuf.MapField ? field.keyType as ScalarKind : undefined,
      oneof: partOf === null ? undefined : this.#oneofOf(partOf),
      value: () => value ??= this.#valueOf(field),
    };
  }

  #oneofOf(oneof: protobuf.OneOf): ReadonlySet<number> {
    const known = this.#oneofs.get(oneof);
    if (known !== undefined) return known;
    const numbers = new Set(oneof.fieldsArray.map(({ id }) => id));
    this.#oneofs.set(oneof, numbers);
    return numbers;
  }

  #valueOf(field: protobuf.Field): ValueType {
    if (SCALARS.has(field.type)) return { kind: field.type as ScalarKind };
    let resolved;
    try {
      resolved = field.resolve().resolvedType;
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw new SyntaxError(`the schema does not define the type ${JSON.stringify(field.type)}`, { cause });
    }
    if (resolved instanceof protobufjs().protobuf.Enum) {
      const names = Object.entries(resolved.valuesById).map(([id, name]) =>
        [Number(id), trueName(name)] as const
      );
      return { kind: "enum", names: new Map(names), isClosed: isClosed(resolved) };
    }
    if (!(resolved instanceof protobufjs().protobuf.Type)) {
      throw new SyntaxError(`the schema does not define the type ${JSON.stringify(field.type)}`);
    }
    return { kind: field.delimited ? "group" : "message", message: this.#messageOf(resolved) };
  }
}

/** `user_id` is `userId` in JSON. A regular expression takes a second for a name of some megabytes. */
function jsonNameOf(name: string): string {
  let json = "";
  let isFirst = false;
  for (const character of name) {
    const isLetter = character >= "a" && character <= "z";
    if (character !== "_") json += isFirst && isLetter ? character.toUpperCase() : character;
    isFirst = character === "_";
  }
  return json;
}

/** Enums of proto2 are closed. protobufjs has no public name for it. */
function isClosed(type: protobuf.Enum): boolean {
  return (type as { readonly _features?: { readonly enum_type?: string } })._features?.enum_type === "CLOSED";
}

/** Resolves types and what depends on the syntax of a file. */
function resolveTypes(root: protobuf.Root): void {
  try {
    // The root's own method demands that all extensions are known.
    protobufjs().protobuf.Namespace.prototype.resolveAll.call(root);
  } catch (error) {
    // A type that is not defined matters only where a path leads to it.
    if (!(error instanceof Error)) throw error;
  }
}
