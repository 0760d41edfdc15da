// protobufFormat makes the readers of Protobuf values. It implements the interface that all formats with schemas share
// (formats/schema/value_schema.ts).

import type { FoundValues } from "../found_values.ts";
import type {
  KeptSchema,
  SchemaFormat,
  SchemaText,
  ValuePlace,
  ValueSchema,
} from "../schema/value_schema.ts";
import type { WantedPlan } from "../schema/wanted_plan.ts";
import { ProtobufReader } from "./protobuf_reader.ts";
import { type MessageType, ProtobufFile } from "./protobuf_type.ts";

/** Messages within each other. */
const MAX_INDEXES = 32;
const MAX_INDEX_BYTES = 4;
const CONTINUES = 0x80;

export const protobufFormat: SchemaFormat = {
  registryType: "PROTOBUF",
  compile: (schema, plan) => new IndexedMessages(new ProtobufFile(schema), plan),
};

/** Plain values, all of the same message. @throws {SyntaxError} if the schema has none of that name */
export function namedMessage(schema: SchemaText, name: string, plan: WantedPlan): ValueSchema {
  const reader = new ProtobufReader(new ProtobufFile(schema).message(name), plan);
  return { read: ({ bytes, start, end }, found, row) => reader.read(bytes, start, end, found, row) };
}

/** Values after the indexes of their message: a zero for the first message, else their number and the indexes. */
class IndexedMessages implements KeptSchema {
  readonly sizeBytes: number;
  readonly #file: ProtobufFile;
  readonly #plan: WantedPlan;
  readonly #first: ProtobufReader | undefined;
  /** By the indexes as text; undefined for a message that cannot be read. */
  readonly #others = new Map<string, ProtobufReader | undefined>();
  #at = 0;

  constructor(file: ProtobufFile, plan: WantedPlan) {
    this.sizeBytes = file.sizeBytes;
    this.#file = file;
    this.#plan = plan;
    const first = file.messageAt([0]);
    this.#first = first && this.#readerOf(first);
  }

  read(
    { bytes, start, end, indexesStart, indexesEnd }: ValuePlace,
    found: FoundValues,
    row: number,
  ): boolean {
    const isInHeader = indexesStart >= 0;
    this.#at = isInHeader ? indexesStart : start;
    const reader = this.#chosen(bytes, isInHeader ? indexesEnd : end);
    if (reader === undefined || (isInHeader && this.#at !== indexesEnd)) return false;
    return reader.read(bytes, isInHeader ? start : this.#at, end, found, row);
  }

  #chosen(bytes: Uint8Array, end: number): ProtobufReader | undefined {
    const count = this.#number(bytes, end);
    if (count === 0) return this.#first;
    if (!(count > 0 && count <= MAX_INDEXES)) return undefined;
    const indexes = Array.from({ length: count }, () => this.#number(bytes, end));
    if (!indexes.every((index) => index >= 0)) return undefined;
    const key = indexes.join();
    if (this.#others.has(key)) return this.#others.get(key);
    const message = this.#file.messageAt(indexes);
    // Only messages of the schema are kept, so that values cannot fill the map.
    if (message === undefined) return undefined;
    const reader = this.#readerOf(message);
    this.#others.set(key, reader);
    return reader;
  }

  #readerOf(message: MessageType): ProtobufReader | undefined {
    try {
      return new ProtobufReader(message, this.#plan);
    } catch (error) {
      // The schema does not define a type that is wanted.
      if (!(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  }

  /** A zigzag varint; NaN for none. */
  #number(bytes: Uint8Array, end: number): number {
    let value = 0;
    for (let i = 0; i < MAX_INDEX_BYTES && this.#at < end; i++) {
      const byte = bytes[this.#at++];
      value |= (byte & ~CONTINUES) << 7 * i;
      if (byte < CONTINUES) return value >>> 1 ^ -(value & 1);
    }
    return NaN;
  }
}
