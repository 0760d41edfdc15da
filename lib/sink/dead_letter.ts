// Makes the dead letter of a skipped record: the same key and value, with headers that name its origin and the reason. Its
// timestamp is the time of sending, since the record's own timestamp may be the fault.

import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";

const SCHEMA = "1";

/** The origin of a dead letter, and the reason for it. */
export interface DeadLetterOrigin {
  /** The name of the job. */
  readonly name: string;
  readonly reason: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record's own timestamp; undefined without one, and for a batch. */
  readonly timestampMs: number | undefined;
  /** For what has neither key nor value, a batch or a large record: its number of records, and the fault. */
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
