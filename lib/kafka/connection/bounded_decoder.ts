// Makes kafkajs's decoder check lengths and counts against the bytes that are there. It trusts them: it allocates an
// array of a million elements before it looks for the first, steps back for a string of negative length, and silently
// cuts a string that is longer than the answer. Answers of brokers and messages of group members are untrusted input.

import type { Buffer } from "node:buffer";

export interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  /** The elements of its arrays so far. */
  elements?: number;
  readInt16(): number;
  readInt32(): number;
  readString(): string | null;
  readBytes(length?: number): Buffer | null;
  readArray<T>(readElement: (decoder: Decoder) => T): T[];
}

const NULL = -1;
/** The limit of the elements of all arrays of one answer, which are decoded without a pause. */
export const MAX_ANSWER_ELEMENTS = 100_000;

/** Makes all decoders of the prototype throw a RangeError for an impossible length or count. */
export function boundDecoder(prototype: Decoder): void {
  Object.assign(prototype, { readString, readBytes, readArray });
}

function readString(this: Decoder): string | null {
  const length = this.readInt16();
  return length === NULL ? null : take(this, length).toString("utf8");
}

function readBytes(this: Decoder, length: number = this.readInt32()): Buffer | null {
  return length === NULL ? null : take(this, length);
}

/** Null reads as an empty array. Every element takes bytes, so a false count fails at the end of the bytes. */
function readArray<T>(this: Decoder, readElement: (decoder: Decoder) => T): T[] {
  const count = this.readInt32();
  this.elements = (this.elements ?? 0) + Math.max(0, count);
  if (count < NULL || this.elements > MAX_ANSWER_ELEMENTS) {
    throw new RangeError(
      `cannot decode an answer: ${count} elements, at most ${MAX_ANSWER_ELEMENTS} in all are allowed`,
    );
  }
  const elements: T[] = [];
  for (let i = 0; i < count; i++) elements.push(readElement(this));
  return elements;
}

function take(decoder: Decoder, length: number): Buffer {
  const { buffer, offset } = decoder;
  const left = buffer.length - offset;
  if (length < 0 || length > left) {
    throw new RangeError(`cannot decode an answer: ${length} bytes wanted at ${offset}, ${left} are left`);
  }
  decoder.offset += length;
  return buffer.subarray(offset, offset + length);
}
