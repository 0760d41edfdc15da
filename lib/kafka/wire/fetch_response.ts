// Kafka's Fetch response, version 11 (https://kafka.apache.org/protocol#The_Messages_Fetch): the frame around the
// record sets, which are left as they came. Every length in it is someone else's word, and is checked.

import { readBigInt64, readInt32, readInt64 } from "../integers.ts";

/** A transaction that was given up: the producer's batches from there on, up to its marker, do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface FetchedPartition {
  readonly partition: number;
  /** Kafka's error code; 0 for none. */
  readonly errorCode: number;
  /** The end of what may be read; -1 where an error hides it. */
  readonly highWatermark: number;
  /** The end of what a reader of committed records may read; -1 if unknown. */
  readonly lastStableOffset: number;
  /** -1 if unknown. */
  readonly logStartOffset: number;
  /** Those that overlap `recordSet`, in no promised order; empty when uncommitted records are asked for. */
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** The id of the broker to read from instead; -1 for none. */
  readonly preferredReadReplica: number;
  /** Record batches, the last one perhaps cut short: a view of the payload, which it keeps alive. */
  readonly recordSet: Uint8Array;
}

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  /** Kafka's error code for the whole; 0 for none. */
  readonly errorCode: number;
  readonly sessionId: number;
  readonly topics: readonly FetchedTopic[];
}

/**
 * Reads a Fetch response of version 11 from its first byte after the correlation id.
 *
 * @throws RangeError when a length in it points outside of it.
 */
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

/** Reads the payload from its start on, and never past its end. */
class Reader {
  readonly #payload: Uint8Array;
  readonly #text = new TextDecoder();
  #at = 0;

  constructor(payload: Uint8Array) {
    // A Buffer would do, but views of it were Buffers too, and the hot loops would see two kinds of array.
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

  /** Null is as good as none. */
  bytes(): Uint8Array {
    const length = Math.max(0, this.int32());
    const at = this.#take(length);
    return this.#payload.subarray(at, at + length);
  }

  /** Null is as good as none. No element is empty, so a count that lies ends at the end of the payload. */
  array<T>(readElement: (reader: Reader) => T): T[] {
    const count = this.int32();
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
