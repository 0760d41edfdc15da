// Encodes what lib/kafka/wire/fetch_response.ts decodes.

import type { FetchedPartition, FetchResponse } from "../../../lib/kafka/wire/fetch_response.ts";

/** A Fetch response of version 11 after the correlation id. */
export function writeFetchResponse(response: FetchResponse): Uint8Array {
  const out = new Writer();
  out.int32(response.throttleTimeMs);
  out.int16(response.errorCode);
  out.int32(response.sessionId);
  out.int32(response.topics.length);
  for (const { topic, partitions } of response.topics) {
    const name = new TextEncoder().encode(topic);
    out.int16(name.length);
    out.bytes(name);
    out.int32(partitions.length);
    for (const partition of partitions) writePartition(out, partition);
  }
  return out.finish();
}

function writePartition(out: Writer, partition: FetchedPartition): void {
  out.int32(partition.partition);
  out.int16(partition.errorCode);
  out.int64(BigInt(partition.highWatermark));
  out.int64(BigInt(partition.lastStableOffset));
  out.int64(BigInt(partition.logStartOffset));
  out.int32(partition.abortedTransactions.length || -1);
  for (const { producerId, firstOffset } of partition.abortedTransactions) {
    out.int64(producerId);
    out.int64(BigInt(firstOffset));
  }
  out.int32(partition.preferredReadReplica);
  out.int32(partition.recordSet.length);
  out.bytes(partition.recordSet);
}

class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  int16(value: number): void {
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  int64(value: bigint): void {
    const at = this.#room(8);
    this.#view.setBigInt64(at, value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Returns where to write so many bytes; it may replace the view. */
  #room(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(this.#at * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
