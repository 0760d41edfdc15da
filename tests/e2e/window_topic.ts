// Windows in an output topic, and the records that they count: out of order, in four partitions.

import assert from "node:assert/strict";
import type { Envelope } from "../machine/kafka/kcat.ts";
import { produce, type RecordToSend } from "../machine/kafka/producer.ts";
import { bootstrap } from "../machine/kafka/shared_kafka.ts";
import type { OracleWindow } from "../oracle/oracle.ts";
import { kafkaSource } from "./kafka_source.ts";
import type { RtcountDaemon } from "./rtcount_process.ts";

export const WINDOW = { lengthMs: 3_000, slideMs: 500, latenessMs: 1_000 };
/** More than the number of words. */
export const TOP = 1_000;
export const PARTITIONS = [0, 1, 2, 3];
export const SENT = 'rtcount_output_records_total{output="kafka",result="sent"}';
const RECORD_MS = 10;

/** A window as the API and output topics have it. */
export interface ShownWindow {
  readonly window_end: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  readonly top: OracleWindow["top"];
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

export function windowSettings(topic: string, output: Record<string, unknown>): Record<string, unknown> {
  return {
    source: kafkaSource(topic),
    window: {
      length: `${WINDOW.lengthMs}ms`,
      slide: `${WINDOW.slideMs}ms`,
      lateness: `${WINDOW.latenessMs}ms`,
    },
    top: TOP,
    rate: { backpressure: false },
    output: { console: false, ...output },
  };
}

/** Sends the records of a span of time to each partition, out of order by less than the lateness. */
export async function produceSpan(
  topic: string,
  { startMs, spanMs, brokers = bootstrap }: { startMs: number; spanMs: number; brokers?: string },
): Promise<void> {
  for (const partition of PARTITIONS) {
    const records = Array.from({ length: spanMs / RECORD_MS }, (_, i): RecordToSend => ({
      timestampMs: startMs + i * RECORD_MS - (i * 7919) % WINDOW.latenessMs,
      value: `w${i % 97},w${i % 11}, p${partition}`,
    }));
    await produce(records, { bootstrap: brokers, topic, partition, recordsPerBatch: 100 });
  }
}

/** The window of an answer of the API, or of a record's value. */
export function counted(json: string | null | undefined): OracleWindow {
  const { window_end: endMs, records, words, distinct, top }: ShownWindow = JSON.parse(json ?? "");
  return { endMs, records, words, distinct, top };
}

/** The windows of all records, in order. */
export function windowsOf(envelopes: readonly Pick<Envelope, "payload">[]): OracleWindow[] {
  return envelopes.map(({ payload }) => counted(payload)).sort((a, b) => a.endMs - b.endMs);
}

/** The records that a compacted topic keeps. */
export function newestByKey(envelopes: readonly Envelope[]): Envelope[] {
  const ordered = envelopes.toSorted((a, b) => a.offset - b.offset);
  return [...new Map(ordered.map((envelope) => [envelope.key, envelope])).values()];
}

export async function stop(daemon: RtcountDaemon): Promise<void> {
  // Before it answers, a signal would end it without its handler.
  await daemon.waitFor("/healthz", () => daemon.get("/healthz"));
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
}
