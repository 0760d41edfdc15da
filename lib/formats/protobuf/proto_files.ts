// Adds files of Protobuf to a root of protobufjs: the text of a .proto file, or its descriptor in base64, which some
// serializers register.

import { Buffer } from "node:buffer";
import type protobuf from "protobufjs";
import { protobufjs } from "./protobufjs.ts";
import { safeText } from "./safe_names.ts";

/** The files of Google that a schema may import without naming them as references. */
const KNOWN_FILES = ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"]
  .map((name) => `google/protobuf/${name}.proto`);
const IMPORT = /^[ \t]*import[ \t]+(?:public[ \t]+|weak[ \t]+)?"([^"\n]*)"/gm;
/** No .proto file is only that. */
const BASE64 = /^[A-Za-z0-9+/]{4,}={0,2}\s*$/;
const EDITION_2023 = 1000;
/** The parts of descriptors that are names. */
const NAMES: ReadonlySet<string> = new Set(["name", "package", "typeName", "extendee"]);
/** The engine's tables take quadratic time for very long names. Full names of nested messages have up to sixty parts. */
const MAX_NAME_LENGTH = 256;
/** A field of a message has about so many tokens. */
const TOKENS_PER_PART = 5;

interface FileDescriptor {
  readonly package?: string;
  readonly syntax?: string;
  readonly edition?: number;
  readonly messageType?: readonly object[];
  readonly enumType?: readonly object[];
}

type FromDescriptor<T> = {
  fromDescriptor(descriptor: object, context: { readonly edition: string; readonly keepCase: boolean }): T;
};

/** The files that a .proto file imports, without those of Google that are known. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, name]) => name).filter((name) => !KNOWN_FILES.includes(name));
}

/**
 * The tokens of a .proto file, or five for each part of a descriptor. Beyond `most` it may return less than all.
 * @throws {SyntaxError} that says what is wrong
 */
export function countTokens(text: string, most: number): number {
  return syntaxChecked(() => {
    if (BASE64.test(text)) return TOKENS_PER_PART * countParts(decodeDescriptor(text));
    const { next } = protobufjs().protobuf.tokenize(text, false);
    let tokens = 0;
    // A text is three tokens: its quotes are two of them.
    let ofText = 0;
    for (let token = next(); tokens <= most && token !== null; token = next()) {
      tokens++;
      if (ofText > 0) ofText--;
      else if (token === '"' || token === "'") ofText = 2;
      else checkName(token);
    }
    return tokens;
  });
}

/**
 * Adds a file; returns its messages in the order of the file, without the entries of maps.
 * @throws {SyntaxError} that says what is wrong
 */
export function addFile(text: string, root: protobuf.Root): readonly protobuf.Type[] {
  return syntaxChecked(() => {
    if (BASE64.test(text)) return addDescriptor(decodeDescriptor(text), root);
    const before = new Set(root.nestedArray);
    const { Namespace, parse } = protobufjs().protobuf;
    const { package: name } = parse(safeText(text), root, { keepCase: true });
    if (name === undefined) return messagesIn(root).filter((type) => !before.has(type));
    const space = root.lookup(name);
    return space instanceof Namespace ? messagesIn(space) : [];
  });
}

/**
 * Adds the known files of Google that are not there yet.
 * @throws {SyntaxError} if the schema uses their names for other things
 */
export function addKnownFiles(root: protobuf.Root): void {
  syntaxChecked(() => {
    for (const name of KNOWN_FILES) {
      const nested = protobufjs().protobuf.common.get(name)?.nested;
      if (nested !== undefined && root.lookup(firstMessage(nested)) === null) root.addJSON(nested);
    }
  });
}

/** In the order of the file, without the entries of maps. */
export function messagesIn(space: protobuf.NamespaceBase): protobuf.Type[] {
  const { Type } = protobufjs().protobuf;
  return space.nestedArray.filter((one) => one instanceof Type);
}

/** protobufjs reports faults of a schema as errors of any class. */
function syntaxChecked<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new SyntaxError(cause.message, { cause });
  }
}

function decodeDescriptor(text: string): FileDescriptor {
  const { FileDescriptorProto } = protobufjs().descriptor;
  return withSafeTexts(FileDescriptorProto.decode(Buffer.from(text, "base64"))) as FileDescriptor;
}

function checkName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    throw new SyntaxError(`a name has more than ${MAX_NAME_LENGTH} characters`);
  }
}

function withSafeTexts(value: unknown): unknown {
  if (typeof value === "string") return safeText(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const [name, part] of Object.entries(value)) {
    if (NAMES.has(name) && typeof part === "string") checkName(part);
    (value as Record<string, unknown>)[name] = withSafeTexts(part);
  }
  return value;
}

/** The elements of all arrays in a descriptor. */
function countParts(value: unknown): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return 0;
  const parts = Object.values(value);
  const own = Array.isArray(value) ? parts.length : 0;
  return parts.reduce<number>((sum, part) => sum + countParts(part), own);
}

function addDescriptor(file: FileDescriptor, root: protobuf.Root): readonly protobuf.Type[] {
  const space = file.package === undefined || file.package === "" ? root : root.define(file.package);
  const context = { edition: editionOf(file), keepCase: true };
  const { Enum, Type } = protobufjs().protobuf;
  const types = (file.messageType ?? []).map((type) => typeOf<protobuf.Type>(Type, type, context));
  for (const type of types) space.add(type);
  for (const type of file.enumType ?? []) space.add(typeOf<protobuf.Enum>(Enum, type, context));
  return types;
}

/** The extension adds the method to protobufjs's classes. */
function typeOf<T>(
  kind: unknown,
  type: object,
  context: { readonly edition: string; readonly keepCase: boolean },
): T {
  return (kind as FromDescriptor<T>).fromDescriptor(type, context);
}

function editionOf({ syntax = "", edition = EDITION_2023 }: FileDescriptor): string {
  if (syntax === "editions") return String(2023 + edition - EDITION_2023);
  return syntax === "" ? "proto2" : syntax;
}

/** The full name of a message in a file that protobufjs has. */
function firstMessage(nested: object): string {
  const { google } = nested as {
    readonly google: { readonly nested: { readonly protobuf: { readonly nested: object } } };
  };
  return `google.protobuf.${Object.keys(google.nested.protobuf.nested)[0]}`;
}
