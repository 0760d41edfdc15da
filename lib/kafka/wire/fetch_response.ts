// Decodes Kafka's Fetch response, version 11 (https://kafka.apache.org/protocol#The_Messages_Fetch), except the record
// sets in it. It is untrusted input: every length and number is checked.

import { readBigInt64, readInt32, readInt64 } from "../integers.ts";

/** The producer's batches from `firstOffset` up to its marker do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  /** The end of the readable log; -1 after an error. */
  readonly highWatermark: number;
  /** The end of the log for read_committed; -1 if unknown. */
  readonly lastStableOffset: number;
  /** -1 if unknown. */
  readonly logStartOffset: number;
  /** Those that overlap `recordSet`, in any order; empty for read_uncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly preferredReadReplica: number;
  /** Record batches; the last one may be cut. A view that keeps the payload in memory. */
  readonly recordSet: Uint8Array;
}

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly topics: readonly FetchedTopic[];
}

/** `payload` starts after the correlation id. @throws RangeError where a length points outside of it */
export function decodeFetchResponse(payload: Uint8Array): FetchResponse {
  const reader = new Reader(payload);
  return {
    throttleTimeMs: reader.int32(),
    errorCode: reader.int16(),
    sessionId: reader.int32(),
    topics: reader.array(readTopic),
  };
}

function readTopic(reader: Reader): FetchedTopic {
  return { topic: reader.string(), partitions: reader.array(readPartition) };
}

function readPartition(reader: Reader): FetchedPartition {
  return {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64(),
    lastStableOffset: reader.int64(),
    logStartOffset: reader.int64(),
    abortedTransactions: reader.array(readAbortedTransaction),
    preferredReadReplica: reader.int32(),
    recordSet: reader.bytes(),
  };
}

function readAbortedTransaction(reader: Reader): AbortedTransaction {
  return { producerId: reader.bigInt64(), firstOffset: reader.int64() };
}

/**
 * The limit of all topics, partitions and aborted transactions of an answer. An answer may have 256 MiB, for a single
 * batch: filled with partitions instead, it would take seconds, and eight times its size.
 */
const MAX_ELEMENTS = 500_000;

class Reader {
  readonly #payload: Uint8Array;
  readonly #text = new TextDecoder();
  #at = 0;
  #elements = 0;

  constructor(payload: Uint8Array) {
    // Views of a Buffer would be Buffers, and the hot loops would see two kinds of array.
    this.#payload = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  int16(): number {
    const at = this.#take(2);
    return (this.#payload[at] << 24 | this.#payload[at + 1] << 16) >> 16;
  }

  int32(): number {
    return readInt32(this.#payload, this.#take(4));
  }

  int64(): number {
    return readInt64(this.#payload, this.#take(8));
  }

  bigInt64(): bigint {
    return readBigInt64(this.#payload, this.#take(8));
  }

  string(): string {
    const length = this.int16();
    const at = this.#take(length);
    return this.#text.decode(this.#payload.subarray(at, at + length));
  }

  /** Null reads as empty. */
  bytes(): Uint8Array {
    const length = Math.max(0, this.int32());
    const at = this.#take(length);
    return this.#payload.subarray(at, at + length);
  }

  /** Null reads as empty. No element is empty, so a false count fails at the end of the payload. */
  array<T>(readElement: (reader: Reader) => T): T[] {
    const count = this.int32();
    this.#elements += Math.max(0, count);
    if (this.#elements > MAX_ELEMENTS) {
      throw new RangeError(
        `cannot decode a fetch response: ${count} elements, at most ${MAX_ELEMENTS} in all are allowed`,
      );
    }
    const elements: T[] = [];
    for (let i = 0; i < count; i++) elements.push(readElement(this));
    return elements;
  }

  #take(length: number): number {
    const at = this.#at;
    const left = this.#payload.length - at;
    if (length < 0 || length > left) {
      throw new RangeError(
        `cannot decode a fetch response: ${length} bytes wanted at ${at}, ${left} are left`,
      );
    }
    this.#at = at + length;
    return at;
  }
}
