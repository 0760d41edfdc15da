// Decodes the answer to Metadata, versions 0 to 6 (https://kafka.apache.org/protocol#The_Messages_Metadata). It is untrusted
// input and may be megabytes long, so that its decoding pauses now and then.

import type { Buffer } from "node:buffer";
import { systemClock } from "../../async/clock.ts";
import type { Address } from "../../text/address.ts";

const NULL = -1;
/** The limit of all topics and partitions of a cluster. */
export const MAX_CLUSTER_PARTITIONS = 500_000;
const MAX_BROKERS = 10_000;
/** Some milliseconds. */
const ELEMENTS_WITHOUT_PAUSE = 10_000;

export interface MetadataAnswer {
  readonly clusterId: string | undefined;
  readonly brokers: ReadonlyMap<number, Address>;
  readonly topics: ReadonlyMap<string, {
    readonly errorCode: number;
    readonly isInternal: boolean;
    /** The id of the leader by partition. */
    readonly leaders: ReadonlyMap<number, number>;
  }>;
}

/** @throws RangeError for bytes that are not such an answer, and above the limits */
export async function decodeMetadata(payload: Buffer, version: number): Promise<MetadataAnswer> {
  const reader = new Reader(payload);
  if (version >= 3) reader.skip(4);
  const brokers = new Map<number, Address>();
  for (let left = reader.count(MAX_BROKERS); left > 0; left--) {
    const nodeId = reader.int32();
    brokers.set(nodeId, { host: reader.string() ?? "", port: reader.int32() });
    if (version >= 1) reader.string();
  }
  const clusterId = version >= 2 ? reader.string() ?? undefined : undefined;
  if (version >= 1) reader.skip(4);
  const topics = new Map<string, { errorCode: number; isInternal: boolean; leaders: Map<number, number> }>();
  let elements = 0;
  for (let left = reader.count(MAX_CLUSTER_PARTITIONS); left > 0; left--) {
    const errorCode = reader.int16();
    const topic = reader.string() ?? "";
    const isInternal = version >= 1 && reader.int8() === 1;
    const leaders = new Map<number, number>();
    if (++elements % ELEMENTS_WITHOUT_PAUSE === 0) await systemClock.sleep(0);
    for (let left = reader.count(MAX_CLUSTER_PARTITIONS - elements); left > 0; left--) {
      reader.skip(2);
      leaders.set(reader.int32(), reader.int32());
      for (let lists = version >= 5 ? 3 : 2; lists > 0; lists--) reader.skipInt32Array();
      if (++elements % ELEMENTS_WITHOUT_PAUSE === 0) await systemClock.sleep(0);
    }
    topics.set(topic, { errorCode, isInternal, leaders });
  }
  return { clusterId, brokers, topics };
}

class Reader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  skip(length: number): void {
    this.#take(length);
  }

  int8(): number {
    return this.#payload.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#payload.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#payload.readInt32BE(this.#take(4));
  }

  string(): string | null {
    const length = this.int16();
    if (length === NULL) return null;
    const at = this.#take(length);
    return this.#payload.toString("utf8", at, at + length);
  }

  /** The length of an array; null reads as empty. */
  count(max: number): number {
    const count = this.int32();
    if (count < NULL || count > max) {
      throw new RangeError(
        `cannot decode metadata: an array of ${count} elements, at most ${max} are allowed`,
      );
    }
    return Math.max(0, count);
  }

  skipInt32Array(): void {
    this.#take(4 * Math.max(0, this.int32()));
  }

  #take(length: number): number {
    const at = this.#at;
    const left = this.#payload.length - at;
    if (length < 0 || length > left) {
      throw new RangeError(`cannot decode metadata: ${length} bytes wanted at ${at}, ${left} are left`);
    }
    this.#at = at + length;
    return at;
  }
}
