// kafkajs's decoder believes what it reads: an array of a million elements is made before the first of them is looked
// for, a text of negative length steps back, so that two bytes of it fill an array without end, and one that is longer
// than the answer is cut short without a word. What a broker says is a stranger's word, what members of a group say to
// each other too. Here lengths and counts are checked against what is there.

import type { Buffer } from "node:buffer";

/** As far as it is used by the requests that are sent; of kafkajs 2.2.4. */
export interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  readInt16(): number;
  readInt32(): number;
  readString(): string | null;
  readBytes(length?: number): Buffer | null;
  readArray<T>(readElement: (decoder: Decoder) => T): T[];
}

/** -1 stands for null. */
const NULL = -1;

/** Makes all decoders of the prototype throw a RangeError where a length or a count cannot be. */
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

/** Null is as good as none. Every element takes bytes, so a count that lies ends with them. */
function readArray<T>(this: Decoder, readElement: (decoder: Decoder) => T): T[] {
  const count = this.readInt32();
  if (count < NULL) throw new RangeError(`cannot decode an answer: an array of ${count} elements`);
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
