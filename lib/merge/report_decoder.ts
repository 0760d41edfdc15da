// Decodes the parts of reports. The bytes are untrusted: a part that is not consistent is foreign, and no array is made
// for more entries than the bytes can hold.

import { ByteFormatError, ByteReader } from "../bytes/byte_reader.ts";
import type { TopicPartition } from "../kafka/topic_partition.ts";
import { MAX_WORD_BYTES } from "../words/pieces.ts";
import type { ReportHead, ReportId } from "./report.ts";
import {
  FINGERPRINT_BYTES,
  FORMAT_NAME,
  FORMAT_VERSION,
  IS_IDLE,
  IS_LAST,
  IS_MARKER,
  MAX_PART_BYTES,
  MAX_TIME_MS,
} from "./report_format.ts";

/** The most partitions that a list may have. */
export const MAX_LISTED_PARTITIONS = 100_000;
const MAX_MEMBER_BYTES = 64;
const MAX_TOPIC_BYTES = 249;
/** Sections without entries, of which a part can have many, share their arrays. */
const NO_ENTRIES = {
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  counts: new Float64Array(0),
};

/** A part of a report, as a reader of the log gets it. */
export interface ReportPart {
  readonly id: ReportId;
  /** 0 for the first part. */
  readonly index: number;
  readonly isLast: boolean;
  /** In the first part. */
  readonly head: ReportHead | undefined;
  readonly sections: readonly PaneSection[];
}

/** Some words of a pane. */
export interface PaneSection {
  readonly startMs: number;
  /** Each section of a pane has the numbers of the whole pane. */
  readonly records: number;
  readonly words: number;
  /** The largest possible count of a word that the pane does not hold; no count is below it. 0: all counts are exact. */
  readonly error: number;
  /** Word i is `bytes[starts[i]..ends[i])`. The words follow each other without a gap. */
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly counts: Float64Array;
}

/** The part with this value, or "foreign" for bytes that are not a part with this fingerprint. */
export function decodePart(value: Uint8Array | null, fingerprint: Uint8Array): ReportPart | "foreign" {
  return decode(value, fingerprint, readSections);
}

/** As `decodePart`, without the sections: for bytes that `encodeReport` has made. */
export function decodePartHead(
  value: Uint8Array | null,
  fingerprint: Uint8Array,
): Omit<ReportPart, "sections"> | "foreign" {
  return decode(value, fingerprint, () => []);
}

function decode(
  value: Uint8Array | null,
  fingerprint: Uint8Array,
  readRest: (reader: ByteReader) => PaneSection[],
): ReportPart | "foreign" {
  try {
    return readPart(new ByteReader(value ?? new Uint8Array(0)), fingerprint, readRest) ?? "foreign";
  } catch (error) {
    if (!(error instanceof ByteFormatError)) throw error;
    return "foreign";
  }
}

function readPart(
  reader: ByteReader,
  fingerprint: Uint8Array,
  readRest: (reader: ByteReader) => PaneSection[],
): ReportPart | undefined {
  const { left } = reader;
  if (!isSame(reader.bytes(FORMAT_NAME.length), FORMAT_NAME) || reader.uint8() !== FORMAT_VERSION) {
    return undefined;
  }
  check(reader.uint32() === left, "the part is cut");
  if (!isSame(reader.bytes(FINGERPRINT_BYTES), fingerprint)) return undefined;
  const id = { epoch: reader.varint(), member: reader.text(MAX_MEMBER_BYTES), number: reader.varint() };
  check(id.epoch >= 1 && id.number >= 1, "the epoch and the number are at least 1");
  const index = reader.varint();
  const flags = reader.uint8();
  check(flags <= IS_LAST, "the part has unknown flags");
  const head = index === 0 ? readHead(reader, id) : undefined;
  // Only a head may be larger than a part, and a part that has to hold a single word.
  check(reader.left <= 2 * MAX_PART_BYTES, "the counts are longer than a part");
  const sections = readRest(reader);
  check(head?.isMarker !== true || sections.length === 0, "a marker has no counts");
  return { id, index, isLast: flags === IS_LAST, head, sections };
}

function readHead(reader: ByteReader, id: ReportId): ReportHead {
  const flags = reader.uint8();
  check(flags <= (IS_MARKER | IS_IDLE), "the head has unknown flags");
  const boundMs = readTime(reader);
  const cutMs = readTime(reader);
  check(cutMs >= boundMs, "the cut is before the bound");
  const firstEndMs = readTime(reader);
  const servedUntilMs = readTime(reader);
  const list = readPartitions(reader, (partition) => partition);
  const partitions = readPartitions(reader, (partition) => ({ ...partition, offset: reader.varint() }));
  const [isMarker, isIdle] = [(flags & IS_MARKER) !== 0, (flags & IS_IDLE) !== 0];
  return { ...id, isMarker, isIdle, boundMs, cutMs, firstEndMs, servedUntilMs, list, partitions };
}

function readPartitions<T>(reader: ByteReader, read: (partition: TopicPartition) => T): T[] {
  const partitions: T[] = [];
  let topicBefore = "";
  for (let topics = reader.count(2); topics > 0; topics--) {
    const topic = reader.text(MAX_TOPIC_BYTES);
    check(topic > topicBefore, "the topics do not ascend");
    topicBefore = topic;
    let partition = -1;
    const count = reader.count(1);
    check(partitions.length + count <= MAX_LISTED_PARTITIONS, "the list has too many partitions");
    for (let n = 0; n < count; n++) {
      partition += reader.varint() + 1;
      check(partition < 2 ** 31, "a partition's number is too large");
      partitions.push(read({ topic, partition }));
    }
  }
  return partitions;
}

function readSections(reader: ByteReader): PaneSection[] {
  const sections: PaneSection[] = [];
  while (reader.left > 0) sections.push(readSection(reader));
  return sections;
}

function readSection(reader: ByteReader): PaneSection {
  const startMs = readTime(reader);
  check(startMs > -Infinity, "a pane has no start");
  const records = reader.varint();
  const words = reader.varint();
  const error = reader.varint();
  // The arrays are made for entries that can be there: each takes at least three bytes.
  const length = reader.count(3);
  check(length === 0 || records > 0, "a pane has words and no records");
  if (length === 0) return { startMs, records, words, error, ...NO_ENTRIES };
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let end = 0;
  for (let i = 0; i < length; i++) {
    const bytes = reader.varint();
    check(bytes >= 1 && bytes <= MAX_WORD_BYTES, "a word is empty or too long");
    starts[i] = end;
    end += bytes;
    ends[i] = end;
    // Keeps `end` far below 2^31.
    check(end <= reader.left, "the words are longer than the part");
  }
  const counts = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const count = reader.varint();
    check(count >= 1 && count >= error && count <= words, "a count is not between the pane's error and sum");
    counts[i] = count;
  }
  return { startMs, records, words, error, bytes: reader.bytes(end), starts, ends, counts };
}

function readTime(reader: ByteReader): number {
  const timeMs = reader.float64();
  const isInRange = Number.isInteger(timeMs) && Math.abs(timeMs) <= MAX_TIME_MS;
  check(isInRange || timeMs === -Infinity, "a time is not in the range of dates");
  return timeMs + 0;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function check(isRight: boolean, problem: string): void {
  if (!isRight) throw new ByteFormatError(problem);
}
