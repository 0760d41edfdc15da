// Encodes a snapshot as bytes. In every version of the format, the first eight bytes and the number after them name the
// format and its version, and the last 32 bytes are the SHA-256 of all bytes before them. In between, ids ascend and are
// written as differences, and numbers are varints.

import { createHash } from "node:crypto";
import type { PaneContents } from "../window/pane_store.ts";
import { MAX_WORDS, type SparseCounts, sparseCounts } from "../window/sparse_counts.ts";
import type { WordsCopy } from "../words/word_store.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import type { Snapshot, SnapshotIdentity, SnapshotPartition } from "./snapshot.ts";

const MAGIC = new TextEncoder().encode("rtcounts");
const FORMAT_VERSION = 1;
const CHECKSUM = { algorithm: "sha256", bytes: 32 } as const;
/** The size of one encoded chunk: about a millisecond's work. */
const CHUNK_BYTES = 64 * 1024;

/** The bytes are no snapshot, or none that this program can read. */
export class SnapshotFormatError extends Error {
  override readonly name = "SnapshotFormatError";
}

/**
 * Yields the bytes in chunks; each chunk is valid up to the next. The snapshot is read throughout, so nothing in it may
 * change before the last chunk.
 */
export function* encodeSnapshot(
  snapshot: Snapshot,
  identity: SnapshotIdentity,
): Generator<Uint8Array<ArrayBuffer>, void> {
  const hash = createHash(CHECKSUM.algorithm);
  for (const chunk of encodeContents(snapshot, identity)) {
    hash.update(chunk);
    yield chunk;
  }
  yield new Uint8Array(hash.digest());
}

/**
 * The decoded words are views of `bytes`, which must not change afterwards.
 *
 * @throws {SnapshotFormatError} if the bytes are not exactly what `encodeSnapshot` yields
 */
export function decodeSnapshot(
  bytes: Uint8Array,
): { readonly snapshot: Snapshot; readonly identity: SnapshotIdentity } {
  if (!MAGIC.every((byte, i) => byte === bytes[i])) throw new SnapshotFormatError("it is not a snapshot");
  const contents = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM.bytes));
  const checksum = createHash(CHECKSUM.algorithm).update(contents).digest();
  if (!checksum.equals(bytes.subarray(contents.length))) {
    throw new SnapshotFormatError("it is damaged: its checksum is wrong");
  }
  try {
    return decodeContents(contents);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new SnapshotFormatError(`it is inconsistent: ${error.message}`, { cause: error });
  }
}

function* encodeContents(snapshot: Snapshot, identity: SnapshotIdentity): Generator<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter(CHUNK_BYTES);
  writer.bytes(MAGIC, 0, MAGIC.length);
  writer.varint(FORMAT_VERSION);
  writer.text(JSON.stringify(identity));
  writer.number(snapshot.takenAtMs);
  writer.text(snapshot.clusterId ?? "");
  writer.number(snapshot.closedUntilMs);
  writer.number(snapshot.firstEndMs);
  writer.varint(snapshot.partitions.length);
  for (const partition of snapshot.partitions) {
    encodePartition(writer, partition);
    if (writer.isFull) yield writer.take();
  }
  yield* encodeWords(writer, snapshot.words);
  writer.varint(snapshot.panes.length);
  for (const pane of snapshot.panes) yield* encodePane(writer, pane);
  yield writer.take();
}

function decodeContents(
  bytes: Uint8Array,
): { readonly snapshot: Snapshot; readonly identity: SnapshotIdentity } {
  const reader = new ByteReader(bytes);
  reader.bytes(MAGIC.length);
  const version = reader.varint();
  if (version !== FORMAT_VERSION) {
    throw new SnapshotFormatError(`it has format ${version}, this program reads format ${FORMAT_VERSION}`);
  }
  const identity = parseIdentity(reader.text());
  const takenAtMs = reader.number();
  const clusterId = reader.text();
  const closedUntilMs = reader.number();
  const firstEndMs = reader.number();
  const partitions = Array.from({ length: reader.count(1) }, () => decodePartition(reader));
  const words = decodeWords(reader);
  const panes = Array.from({ length: reader.count(1) }, () => decodePane(reader, words));
  if (reader.left > 0) throw new RangeError(`${reader.left} bytes are left, wanted none`);
  return {
    identity,
    snapshot: {
      takenAtMs,
      clusterId: clusterId === "" ? undefined : clusterId,
      closedUntilMs,
      firstEndMs,
      partitions,
      words,
      panes,
    },
  };
}

function parseIdentity(text: string): SnapshotIdentity {
  const identity: unknown = JSON.parse(text);
  if (typeof identity !== "object" || identity === null || Array.isArray(identity)) {
    throw new SyntaxError("its identity is not a JSON object");
  }
  return identity as SnapshotIdentity;
}

function encodePartition(writer: ByteWriter, one: SnapshotPartition): void {
  writer.text(one.topic);
  writer.varint(one.partition);
  writer.varint(one.position);
  writer.number(one.mark.largestMs);
  writer.number(one.mark.watermarkMs);
  writer.number(one.mark.sinceArrivalMs);
  writer.varint(one.firstOffsets.length);
  for (const [paneStartMs, offset] of one.firstOffsets) {
    writer.number(paneStartMs);
    writer.varint(offset);
  }
}

function decodePartition(reader: ByteReader): SnapshotPartition {
  return {
    topic: reader.text(),
    partition: reader.varint(),
    position: reader.varint(),
    mark: {
      largestMs: reader.number(),
      watermarkMs: reader.number(),
      sinceArrivalMs: reader.number(),
    },
    firstOffsets: Array.from({ length: reader.count(9) }, () => [reader.number(), reader.varint()] as const),
  };
}

/** Writes the length of every id's word, 0 for an id without one, then all words. */
function* encodeWords(writer: ByteWriter, words: WordsCopy): Generator<Uint8Array<ArrayBuffer>> {
  const { bytes, offsets, lengths } = words;
  writer.varint(lengths.length);
  let totalBytes = 0;
  for (let id = 0; id < lengths.length; id++) {
    const length = Math.max(0, lengths[id]);
    totalBytes += length;
    writer.varint(length);
    if (writer.isFull) yield writer.take();
  }
  writer.varint(totalBytes);
  for (let id = 0; id < lengths.length; id++) {
    if (lengths[id] <= 0) continue;
    writer.bytes(bytes, offsets[id], lengths[id]);
    if (writer.isFull) yield writer.take();
  }
}

function decodeWords(reader: ByteReader): WordsCopy {
  const idLimit = reader.count(1);
  const offsets = new Uint32Array(idLimit);
  const lengths = new Int32Array(idLimit);
  let totalBytes = 0;
  for (let id = 0; id < idLimit; id++) {
    offsets[id] = totalBytes;
    const length = reader.varint();
    lengths[id] = length;
    // Sum the number that was read, not the array's element, which wraps.
    totalBytes += length;
  }
  const bytes = reader.bytes(reader.count(1));
  if (bytes.length !== totalBytes) {
    throw new RangeError(`the words take ${bytes.length} bytes, wanted ${totalBytes}`);
  }
  return { bytes, offsets, lengths };
}

function* encodePane(writer: ByteWriter, pane: PaneContents): Generator<Uint8Array<ArrayBuffer>> {
  writer.number(pane.startMs);
  writer.varint(pane.records);
  writer.varint(pane.runs.length);
  for (const { ids, counts, words, smallest } of pane.runs) {
    writer.varint(ids.length);
    writer.varint(words);
    writer.varint(smallest);
    let before = -1;
    for (let i = 0; i < ids.length; i++) {
      writer.varint(ids[i] - before);
      writer.varint(counts[i]);
      before = ids[i];
      if (writer.isFull) yield writer.take();
    }
  }
}

function decodePane(reader: ByteReader, words: WordsCopy): PaneContents {
  const startMs = reader.number();
  const records = reader.varint();
  return {
    startMs,
    records,
    runs: Array.from({ length: reader.count(3) }, () => decodeRun(reader, words)),
  };
}

function decodeRun(reader: ByteReader, { lengths }: WordsCopy): SparseCounts {
  const length = reader.count(2);
  const words = reader.varint();
  const smallest = reader.varint();
  const ids = new Int32Array(length);
  const counts = words <= MAX_WORDS ? new Uint32Array(length) : new Float64Array(length);
  let id = -1;
  for (let i = 0; i < length; i++) {
    const difference = reader.varint();
    id += difference;
    const count = reader.varint();
    if (difference === 0 || !(lengths[id] > 0)) {
      throw new RangeError(`word ${id} is counted, wanted one that is there`);
    }
    if (count > words) throw new RangeError(`a word is counted ${count} times, wanted ${words} at most`);
    counts[i] = count;
    ids[i] = id;
  }
  return sparseCounts(ids, counts, { length, words, smallest });
}
