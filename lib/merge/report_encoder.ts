// Encodes a report as parts, each the value of a Kafka record.

import { ByteWriter, varintBytes } from "../bytes/byte_writer.ts";
import { comparePartitions, groupByTopic, type TopicPartition } from "../kafka/topic_partition.ts";
import type { ReportHead, ReportId } from "./report.ts";
import type { TakenPane } from "../window/pane_window.ts";
import { FORMAT_NAME, FORMAT_VERSION, IS_IDLE, IS_LAST, IS_MARKER, MAX_PART_BYTES } from "./report_format.ts";

/** Most reports need no more room: a member reports every slide, and few members have many words in one. */
const SHORT_PART_BYTES = 4096;
/** The most bytes of a section without its entries: start, records, words, error, number of entries. */
const MAX_SECTION_HEAD_BYTES = 40;

/** The table of words as the encoder uses it. */
export interface WordBytes {
  byteLengths(ids: Int32Array): Int32Array;
  /** Writes the bytes of the words to `to`, one word after the other without a gap. */
  copyWords(ids: Int32Array, to: Uint8Array): void;
}

export interface EncodeOptions {
  readonly words: WordBytes;
  /** FINGERPRINT_BYTES bytes. */
  readonly fingerprint: Uint8Array;
  /** Default: MAX_PART_BYTES. */
  readonly maxPartBytes?: number;
}

/** Words of a pane that one section of a part has: the entries from `from` on and below `end`. */
export interface EncodedSection {
  readonly pane: TakenPane;
  readonly from: number;
  readonly end: number;
  /** The length of all these words. */
  readonly wordBytes: number;
}

export interface EncodedPart {
  /** That of its report. */
  readonly id: ReportId;
  /** The value of the Kafka record. */
  readonly value: Uint8Array<ArrayBuffer>;
  readonly sections: readonly EncodedSection[];
}

/** Returns the parts in the order in which they have to be sent. */
export function encodeReport(
  head: ReportHead,
  panes: readonly TakenPane[],
  { words, fingerprint, maxPartBytes = MAX_PART_BYTES }: EncodeOptions,
): EncodedPart[] {
  const parts = new PartWriter(head, fingerprint);
  const { writer } = parts;
  writeHead(writer, head);
  for (const pane of panes) {
    const lengths = words.byteLengths(pane.counts.ids);
    const { length } = lengths;
    for (let from = 0;;) {
      const room = maxPartBytes - writer.length - MAX_SECTION_HEAD_BYTES;
      const to = fittingEnd(pane, from, { lengths, room });
      const fits = room >= 0 && (to > from || length === 0);
      if (!fits && !parts.isFresh) {
        parts.next();
        continue;
      }
      // A word that fits into no part has one of its own.
      const end = fits ? to : Math.min(length, from + 1);
      writeSection(parts, pane, { words, lengths, from, end });
      if (end === length) break;
      from = end;
      parts.next();
    }
  }
  return parts.finish();
}

/** Writes parts one after the other. */
class PartWriter {
  readonly writer = new ByteWriter(SHORT_PART_BYTES);
  readonly #id: ReportId;
  readonly #fingerprint: Uint8Array;
  readonly #parts: EncodedPart[] = [];
  #lengthAt = 0;
  #flagsAt = 0;
  #sections: EncodedSection[] = [];

  constructor(id: ReportId, fingerprint: Uint8Array) {
    this.#id = id;
    this.#fingerprint = fingerprint;
    this.#begin();
  }

  /** The part has neither the head nor a section. */
  get isFresh(): boolean {
    return this.#parts.length > 0 && this.#sections.length === 0;
  }

  addSection(section: EncodedSection): void {
    this.#sections.push(section);
  }

  next(): void {
    this.#end();
    this.#begin();
  }

  finish(): EncodedPart[] {
    this.writer.replaceUint8(this.#flagsAt, IS_LAST);
    this.#end();
    return this.#parts;
  }

  #end(): void {
    this.writer.replaceUint32(this.#lengthAt, this.writer.length);
    this.#parts.push({ id: this.#id, value: this.writer.take(), sections: this.#sections });
  }

  #begin(): void {
    const { epoch, member, number } = this.#id;
    const { writer } = this;
    writer.bytes(FORMAT_NAME);
    writer.uint8(FORMAT_VERSION);
    this.#lengthAt = writer.length;
    writer.uint32(0);
    writer.bytes(this.#fingerprint);
    writer.varint(epoch);
    writer.text(member);
    writer.varint(number);
    writer.varint(this.#parts.length);
    this.#flagsAt = writer.length;
    writer.uint8(0);
    this.#sections = [];
  }
}

function writeHead(writer: ByteWriter, head: ReportHead): void {
  writer.uint8((head.isMarker ? IS_MARKER : 0) | (head.isIdle ? IS_IDLE : 0));
  writer.float64(head.boundMs);
  writer.float64(head.cutMs);
  writer.float64(head.firstEndMs);
  writer.float64(head.servedUntilMs);
  writePartitions(writer, head.list, () => {});
  writePartitions(writer, head.partitions, ({ offset }) => writer.varint(offset));
}

/** Partitions ascend within their topic, so their differences are written: most take one byte. */
function writePartitions<T extends TopicPartition>(
  writer: ByteWriter,
  partitions: readonly T[],
  writeMore: (partition: T) => void,
): void {
  const topics = groupByTopic(partitions.toSorted(comparePartitions), (one) => one);
  writer.varint(topics.length);
  for (const { topic, partitions: ofTopic } of topics) {
    writer.text(topic);
    writer.varint(ofTopic.length);
    let before = -1;
    for (const each of ofTopic) {
      writer.varint(each.partition - before - 1);
      before = each.partition;
      writeMore(each);
    }
  }
}

/** The end of the entries from `from` on that `room` bytes can hold. */
function fittingEnd(
  { counts: { counts } }: TakenPane,
  from: number,
  { lengths, room }: { readonly lengths: Int32Array; readonly room: number },
): number {
  let left = room;
  for (let i = from; i < lengths.length; i++) {
    const length = lengths[i];
    left -= varintBytes(length) + varintBytes(counts[i]) + length;
    if (left < 0) return i;
  }
  return lengths.length;
}

function writeSection(
  parts: PartWriter,
  pane: TakenPane,
  { words, lengths, from, end }: {
    readonly words: WordBytes;
    readonly lengths: Int32Array;
    readonly from: number;
    readonly end: number;
  },
): void {
  const { writer } = parts;
  const { startMs, records, counts: { ids, counts, words: sum, smallest } } = pane;
  writer.float64(startMs);
  writer.varint(records);
  writer.varint(atMost2To53(sum));
  writer.varint(atMost2To53(smallest));
  writer.varint(end - from);
  writer.varints(lengths, from, end);
  // No count is above the sum.
  writer.varints(sum <= Number.MAX_SAFE_INTEGER ? counts : Array.from(counts, atMost2To53), from, end);
  let wordBytes = 0;
  for (let i = from; i < end; i++) wordBytes += lengths[i];
  words.copyWords(ids.subarray(from, end), writer.room(wordBytes));
  parts.addSection({ pane, from, end, wordBytes });
}

/** Sums beyond it are not exact. */
function atMost2To53(sum: number): number {
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}
