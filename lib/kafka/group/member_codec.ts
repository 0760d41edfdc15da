// Kafka's formats of a subscription and of an assignment, so that its tools can read them. kafkajs's codec is not used: it
// makes topics the properties of an object, where `__proto__` is lost. Both formats are untrusted input: every length is
// checked.

import { Buffer } from "node:buffer";

const FORMAT_VERSION = 0;
const NULL = -1;
/** The limit of the topics, and of the partitions, in one message. */
export const MAX_MEMBER_PARTITIONS = 100_000;

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface Subscription {
  readonly topics: readonly (string | null)[];
  readonly userData: Buffer;
}

export interface MemberAssignment {
  readonly topics: readonly TopicPartitions[];
  readonly userData: Buffer;
}

export function encodeSubscriptionFormat({ topics, userData }: Subscription): Buffer {
  return Buffer.concat([
    int16(FORMAT_VERSION),
    int32(topics.length),
    ...topics.map((topic) => string(topic ?? "")),
    int32(userData.length),
    userData,
  ]);
}

/** @throws RangeError for bytes that are not a subscription */
export function decodeSubscriptionFormat(bytes: Buffer): Subscription {
  const reader = new Reader(bytes);
  reader.skip(2);
  return { topics: reader.array(() => reader.string()), userData: reader.bytes() };
}

export function encodeAssignmentFormat({ topics, userData }: MemberAssignment): Buffer {
  return Buffer.concat([
    int16(FORMAT_VERSION),
    int32(topics.length),
    ...topics.flatMap(({ topic, partitions }) => [string(topic), int32Array(partitions)]),
    int32(userData.length),
    userData,
  ]);
}

/** Empty bytes read as no partitions. @throws RangeError for bytes that are not an assignment */
export function decodeAssignmentFormat(bytes: Buffer): MemberAssignment {
  if (bytes.length < 2) return { topics: [], userData: Buffer.alloc(0) };
  const reader = new Reader(bytes);
  reader.skip(2);
  const topics = reader.array(() => {
    return { topic: reader.string() ?? "", partitions: reader.array(() => reader.int32()) };
  });
  return { topics, userData: reader.bytes() };
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32Array(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * values.length);
  [values.length, ...values].forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([int16(bytes.length), bytes]);
}

/** A Buffer's own reads throw a RangeError beyond its end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #elements = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(length: number): void {
    this.#take(length);
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  string(): string | null {
    const length = this.#bytes.readInt16BE(this.#take(2));
    if (length === NULL) return null;
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** Null reads as empty. */
  bytes(): Buffer {
    const length = this.int32();
    if (length === NULL) return Buffer.alloc(0);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Null reads as empty. Every element takes bytes, so a false count fails at the end of the bytes. */
  array<T>(readElement: () => T): T[] {
    const count = this.int32();
    this.#elements += Math.max(0, count);
    if (count < NULL || this.#elements > MAX_MEMBER_PARTITIONS) {
      throw new RangeError(
        `cannot decode a member's message: ${count} elements, at most ${MAX_MEMBER_PARTITIONS} in all are allowed`,
      );
    }
    const elements: T[] = [];
    for (let i = 0; i < count; i++) elements.push(readElement());
    return elements;
  }

  #take(length: number): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    if (length < 0 || length > left) {
      throw new RangeError(
        `cannot decode a member's message: ${length} bytes wanted at ${at}, ${left} are left`,
      );
    }
    this.#at = at + length;
    return at;
  }
}
