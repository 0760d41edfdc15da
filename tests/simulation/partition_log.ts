// One partition as a broker stores it, in batches of bytes, and every record that was ever in it, for the recount.

import type { AbortedTransaction } from "../../lib/kafka/wire/fetch_response.ts";
import { concat } from "../kafka/compression/compression_writer.ts";
import { writeMarker, writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

/** The content of a value of JSON beside its words and its event time. */
export interface Fields {
  readonly weight: number;
  /** The record fails the condition, so that it is in no window. */
  readonly isFiltered: boolean;
}

/** How much later than its event time a record of JSON is dated. */
const DELAY_MS = 3;

/** A record that a producer has sent. */
export interface SentRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** How much the clock of its producer was ahead. */
  readonly aheadMs: number;
  /** The last reader that took it for the first time skipped it as `future`, at this moment. */
  skippedFromMs: number;
  /** Its words: a unique one, and one of few. */
  readonly id: string;
  readonly word: string;
  /** Undefined for a value that is text. */
  readonly fields: Fields | undefined;
  /** Its transaction was aborted: it does not count. */
  isAborted: boolean;
  /** From this moment windows may lack it: its reader reported that it was deleted or skipped. */
  excusedFromMs: number;
  /** Above the last offset of its batch. */
  readonly batchEnd: number;
}

interface StoredBatch {
  readonly baseOffset: number;
  readonly nextOffset: number;
  /** The records that compaction has kept. */
  readonly records: readonly SentRecord[];
  readonly producerId: bigint | undefined;
  readonly bytes: Uint8Array;
}

interface OpenTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
  readonly records: readonly SentRecord[];
}

const encoder = new TextEncoder();

export class PartitionLog {
  readonly partition: number;
  /** All records that were sent, in order. */
  readonly sent: SentRecord[] = [];
  #batches: StoredBatch[] = [];
  #start = 0;
  #end = 0;
  #open: OpenTransaction | undefined;
  readonly #aborted: (AbortedTransaction & { readonly markerOffset: number })[] = [];
  #producers = 0n;

  constructor(partition: number) {
    this.partition = partition;
  }

  get start(): number {
    return this.#start;
  }

  /** This is the high watermark, too: there are no replicas. */
  get end(): number {
    return this.#end;
  }

  get lastStableOffset(): number {
    return this.#open?.firstOffset ?? this.#end;
  }

  get hasOpenTransaction(): boolean {
    return this.#open !== undefined;
  }

  /** Appends a batch; `transactional`: it begins a transaction, which has to be ended. */
  append(
    records: readonly {
      readonly timestampMs: number;
      readonly word: string;
      readonly aheadMs?: number;
      readonly fields?: Fields | undefined;
    }[],
    { transactional = false }: { readonly transactional?: boolean } = {},
  ): void {
    const baseOffset = this.#end;
    const sent = records.map(({ timestampMs, word, aheadMs = 0, fields }, index): SentRecord => ({
      partition: this.partition,
      offset: baseOffset + index,
      timestampMs,
      aheadMs,
      skippedFromMs: Infinity,
      id: `${this.partition}:${baseOffset + index}`,
      word,
      fields,
      isAborted: false,
      excusedFromMs: Infinity,
      batchEnd: baseOffset + records.length,
    }));
    const producerId = transactional ? ++this.#producers : undefined;
    const nextOffset = baseOffset + records.length;
    this.sent.push(...sent);
    this.#batches.push(encoded({ baseOffset, nextOffset, records: sent, producerId }));
    this.#end = nextOffset;
    if (producerId !== undefined) this.#open = { producerId, firstOffset: baseOffset, records: sent };
  }

  /** Ends the open transaction. */
  endTransaction(isCommit: boolean): void {
    if (this.#open === undefined) return;
    const { producerId, firstOffset, records } = this.#open;
    this.#open = undefined;
    if (!isCommit) {
      this.#aborted.push({ producerId, firstOffset, markerOffset: this.#end });
      for (const record of records) record.isAborted = true;
    }
    this.#appendMarker(producerId, isCommit);
  }

  /** A marker of a transaction that sent nothing here: an offset without a record. */
  appendGap(): void {
    this.#appendMarker(++this.#producers, true);
  }

  /** Retention deletes the records below `offset`. */
  cut(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.lastStableOffset));
    this.#batches = this.#batches.filter(({ nextOffset }) => nextOffset > this.#start);
  }

  /** Compaction removes records; their batches stay, even if empty. */
  compact(isSuperseded: (record: SentRecord) => boolean): void {
    this.#batches = this.#batches.map((batch) => {
      const records = batch.records.filter((record) => !isSuperseded(record));
      return records.length === batch.records.length ? batch : encoded({ ...batch, records });
    });
  }

  /** The offset of the first record dated so or later; -1 for none. */
  offsetAt(timestampMs: number): number {
    for (const { records } of this.#batches) {
      const found = records.find((one) => one.offset >= this.#start && recordTimeMs(one) >= timestampMs);
      if (found !== undefined) return found.offset;
    }
    return -1;
  }

  /** Batches from the one with `offset` on, or from the one before (`repeat`), and their aborted transactions. */
  read(
    offset: number,
    { maxBatches, repeat }: { readonly maxBatches: number; readonly repeat: boolean },
  ): { readonly recordSet: Uint8Array; readonly abortedTransactions: readonly AbortedTransaction[] } {
    const readable = this.#batches.filter(({ nextOffset }) => nextOffset <= this.lastStableOffset);
    const from = readable.findIndex(({ nextOffset }) => nextOffset > offset);
    if (from < 0) return { recordSet: new Uint8Array(0), abortedTransactions: [] };
    const batches = readable.slice(repeat ? Math.max(0, from - 1) : from, from + maxBatches);
    const { nextOffset } = batches[batches.length - 1];
    return {
      recordSet: concat(batches.map(({ bytes }) => bytes)),
      abortedTransactions: this.#aborted.filter(({ firstOffset, markerOffset }) =>
        markerOffset >= batches[0].baseOffset && firstOffset < nextOffset
      ),
    };
  }

  #appendMarker(producerId: bigint, isCommit: boolean): void {
    const baseOffset = this.#end;
    const bytes = writeMarker({ baseOffset, producerId, isCommit });
    this.#end = baseOffset + 1;
    this.#batches.push({ baseOffset, nextOffset: this.#end, records: [], producerId, bytes });
  }
}

function encoded(batch: Omit<StoredBatch, "bytes">): StoredBatch {
  const { baseOffset, nextOffset, records, producerId } = batch;
  const bytes = writeRecordBatch({
    baseOffset,
    records: records.map((record) => ({
      offsetDelta: record.offset - baseOffset,
      timestampMs: recordTimeMs(record),
      value: encoder.encode(valueOf(record)),
    })),
    producerId,
    isTransactional: producerId !== undefined,
    lastOffsetDelta: nextOffset - 1 - baseOffset,
  });
  return { ...batch, bytes };
}

/** The timestamp of the record itself. */
function recordTimeMs({ timestampMs, fields }: SentRecord): number {
  return fields === undefined ? timestampMs : timestampMs + DELAY_MS;
}

function valueOf({ id, word, timestampMs, fields }: SentRecord): string {
  const words = `${id},${word}`;
  return fields === undefined ? words : JSON.stringify({ words, at: timestampMs, ...fields });
}
