// Encodes Kafka's Fetch request, version 11 (https://kafka.apache.org/protocol#The_Messages_Fetch). It may name thousands
// of partitions, ten times a second.
//
// It uses no fetch session (KIP-227): a broker reads all partitions of a session in each fetch, also those that a request
// leaves out. So a fetch names only the partitions that are to be read.

export const FETCH_VERSION = 11;

const CONSUMER = -1;
const NO_SESSION_ID = 0;
const NO_SESSION_EPOCH = -1;
const UNKNOWN_LEADER_EPOCH = -1;
const NO_LOG_START = -1n;
/** All fields but the topics. */
const FIXED_BYTES = 35;
const TOPIC_BYTES = 6;
const PARTITION_BYTES = 28;

/** A fetch of several partitions, with Kafka's own field names. */
export interface FetchFields {
  /** How long the broker may wait for `minBytes`. */
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** 0: read_uncommitted; 1: read_committed. */
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: number; maxBytes: number }[];
  }[];
}

const encoder = new TextEncoder();

/** The request without its header. */
export function encodeFetchRequest(fields: FetchFields): Uint8Array {
  const { maxWaitTime, minBytes, maxBytes, isolationLevel } = fields;
  const topics = fields.topics.map(({ topic, partitions }) => ({ name: encoder.encode(topic), partitions }));
  const bytes = new Uint8Array(topics.reduce(
    (sum, { name, partitions }) => sum + TOPIC_BYTES + name.length + partitions.length * PARTITION_BYTES,
    FIXED_BYTES,
  ));
  const view = new DataView(bytes.buffer);
  view.setInt32(0, CONSUMER);
  view.setInt32(4, maxWaitTime);
  view.setInt32(8, minBytes);
  view.setInt32(12, maxBytes);
  view.setInt8(16, isolationLevel);
  view.setInt32(17, NO_SESSION_ID);
  view.setInt32(21, NO_SESSION_EPOCH);
  view.setInt32(25, topics.length);
  let at = 29;
  for (const { name, partitions } of topics) {
    view.setInt16(at, name.length);
    bytes.set(name, at + 2);
    at += 2 + name.length;
    view.setInt32(at, partitions.length);
    at += 4;
    for (const one of partitions) {
      view.setInt32(at, one.partition);
      view.setInt32(at + 4, UNKNOWN_LEADER_EPOCH);
      view.setBigInt64(at + 8, BigInt(one.fetchOffset));
      view.setBigInt64(at + 16, NO_LOG_START);
      view.setInt32(at + 24, one.maxBytes);
      at += PARTITION_BYTES;
    }
  }
  // No forgotten topics, and an empty rack id: zeros.
  return bytes;
}
