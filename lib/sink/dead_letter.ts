// A record that could not be read, as a record of another topic: its key and its value as they are, and headers that say
// where it is from and why. It is dated when it is put there: the time that it bears may be what is wrong with it.

import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";

const SCHEMA = "1";

/** Where it is from, and why it is sent. */
export interface DeadLetterOrigin {
  /** Of the job. */
  readonly name: string;
  readonly reason: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** As the record has it; undefined where it has none, or is not one record. */
  readonly timestampMs: number | undefined;
  /** Of a batch that could not be decoded: how many there are, and what is wrong with it. */
  readonly batch?: { readonly records: number; readonly message: string };
}

export function deadLetter(
  origin: DeadLetterOrigin,
  content: { readonly key: Uint8Array | null; readonly value: Uint8Array | null; readonly nowMs: number },
): ProducerRecord {
  const { name, reason, topic, partition, offset, timestampMs, batch } = origin;
  const headers: [string, string][] = [
    ["reason", reason],
    ["topic", topic],
    ["partition", String(partition)],
    ["offset", String(offset)],
  ];
  if (timestampMs !== undefined) headers.push(["timestamp", String(timestampMs)]);
  if (batch !== undefined) headers.push(["records", String(batch.records)], ["message", batch.message]);
  headers.push(["name", name], ["schema", SCHEMA]);
  return { key: content.key, value: content.value, headers, timestampMs: content.nowMs };
}
