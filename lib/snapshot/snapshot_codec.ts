// Encodes a snapshot as bytes. Eight bytes name the format, and the next one its version. A header in JSON follows after its
// length. It describes the arrays after it, which are written as they lie in memory. The SHA-256 of all that is the end.

import { createHash } from "node:crypto";
import { z } from "zod";
import { MAX_FUTURE_STEPS } from "../records/future_skips.ts";
import type { BaselineContents } from "../trends/baseline.ts";
import { DEPARTED_CELLS } from "../trends/departed_counts.ts";
import { MAX_LISTED_WORDS } from "../trends/growing_filter.ts";
import { GENERATIONS } from "../trends/seen_words.ts";
import { MAX_FILTER_CELLS, MIN_FILTER_CELLS } from "../trends/word_filter.ts";
import type { SparseCounts } from "../window/sparse_counts.ts";
import type { WordsCopy } from "../words/word_store.ts";
import { ArrayReader } from "./array_reader.ts";
import { describeNewWords, newWordsArrays, takeNewWords } from "./new_words_codec.ts";
import type { Snapshot, SnapshotIdentity } from "./snapshot.ts";

const MAGIC = new TextEncoder().encode("rtcounts");
const FORMAT_VERSION = 5;
/** The name, the version, and the length of the header as a 32-bit number. */
const PREFIX_BYTES = MAGIC.length + 1 + 4;
const CHECKSUM = { algorithm: "sha256", bytes: 32 } as const;
/** The size of one encoded chunk: less than a millisecond's work. */
const CHUNK_BYTES = 64 * 1024;
/** By the size of a count in bytes. */
const COUNT_ARRAYS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const;

const whole = z.int().min(0);
/** JSON has neither infinity, so it holds null instead. */
const timeMs = z.number().nullable().transform((value) => value ?? -Infinity);
const durationMs = z.number().nullable().transform((value) => value ?? Infinity);

const sum = z.number().min(0);
const powerOfTwo = z.int().refine((value) => (value & value - 1) === 0);

const HEADER = z.object({
  identity: z.record(z.string(), z.string()),
  takenAtMs: z.number(),
  clusterId: z.string().nullable().transform((id) => id ?? undefined),
  closedUntilMs: timeMs,
  firstEndMs: timeMs,
  partitions: z.array(z.object({
    topic: z.string(),
    partition: whole,
    position: whole,
    firstOffsets: z.array(z.tuple([z.number(), whole])),
    mark: z.object({ largestMs: timeMs, watermarkMs: timeMs, sinceArrivalMs: durationMs }),
    future: z.array(z.object({ offset: whole, fromMs: durationMs })).max(MAX_FUTURE_STEPS),
  })),
  words: z.object({ idLimit: whole, byteLength: whole }),
  panes: z.array(z.object({
    startMs: z.number(),
    records: whole,
    runs: z.array(z.object({
      length: whole,
      countBytes: z.literal([1, 2, 4, 8]),
      words: whole,
      smallest: whole,
    })),
  })),
  baseline: z.object({
    firstPane: z.int(),
    referencePane: z.int(),
    words: sum,
    error: sum,
    length: whole,
    cells: whole,
  }).optional(),
  newWords: z.object({
    firstPane: z.int().optional(),
    length: whole,
    panesPerGeneration: z.int().min(1),
    current: z.int(),
    generations: z.array(z.object({
      index: z.int(),
      content: z.union([
        z.object({ hashes: whole.max(2 * MAX_LISTED_WORDS).multipleOf(2) }),
        z.object({ cells: powerOfTwo.min(MIN_FILTER_CELLS).max(MAX_FILTER_CELLS), used: whole.optional() }),
      ]),
    })).max(GENERATIONS + 1),
  }).optional(),
});

type RunHeader = z.infer<typeof HEADER>["panes"][number]["runs"][number];
type BaselineHeader = NonNullable<z.infer<typeof HEADER>["baseline"]>;

/** The bytes are no snapshot, or none that this program can read. */
export class SnapshotFormatError extends Error {
  override readonly name = "SnapshotFormatError";
}

/** Yields the bytes in chunks. The snapshot is read throughout, so nothing in it may change before the last chunk. */
export function* encodeSnapshot(
  snapshot: Snapshot,
  identity: SnapshotIdentity,
): Generator<Uint8Array<ArrayBuffer>, void> {
  const hash = createHash(CHECKSUM.algorithm);
  for (const part of encodeContents(snapshot, identity)) {
    const bytes = new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      hash.update(chunk);
      yield chunk;
    }
  }
  yield new Uint8Array(hash.digest());
}

/** @throws {SnapshotFormatError} if the bytes are not what `encodeSnapshot` yields */
export function decodeSnapshot(
  bytes: Uint8Array,
): { readonly snapshot: Snapshot; readonly identity: SnapshotIdentity } {
  if (!MAGIC.every((byte, i) => byte === bytes[i])) throw new SnapshotFormatError("it is not a snapshot");
  const contents = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM.bytes));
  const checksum = createHash(CHECKSUM.algorithm).update(contents).digest();
  if (!checksum.equals(bytes.subarray(contents.length))) {
    throw new SnapshotFormatError("it is damaged: its checksum is wrong");
  }
  const version = contents[MAGIC.length];
  if (version !== FORMAT_VERSION) {
    throw new SnapshotFormatError(`it has format ${version}, this program reads format ${FORMAT_VERSION}`);
  }
  try {
    return decodeContents(contents);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new SnapshotFormatError(`it is inconsistent: ${error.message}`, { cause: error });
  }
}

function* encodeContents(snapshot: Snapshot, identity: SnapshotIdentity): Generator<ArrayBufferView> {
  const { words, panes, baseline, newWords } = snapshot;
  const header = new TextEncoder().encode(JSON.stringify({
    ...snapshot,
    identity,
    clusterId: snapshot.clusterId ?? null,
    words: { idLimit: words.lengths.length, byteLength: words.bytes.length },
    panes: panes.map(({ startMs, records, runs }) => ({ startMs, records, runs: runs.map(describeRun) })),
    baseline: baseline && describeBaseline(baseline),
    newWords: newWords && describeNewWords(newWords),
  }));
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix.set(MAGIC);
  prefix[MAGIC.length] = FORMAT_VERSION;
  new DataView(prefix.buffer).setUint32(MAGIC.length + 1, header.length);
  yield prefix;
  yield header;
  yield* [words.offsets, words.lengths, words.bytes];
  for (const { ids, counts } of panes.flatMap(({ runs }) => runs)) yield* [ids, counts];
  if (baseline !== undefined) yield* [baseline.sums, baseline.departed.cells, baseline.departed.counts];
  if (newWords !== undefined) yield* newWordsArrays(newWords);
}

function describeBaseline(
  { firstPane, referencePane, words, error, sums, departed }: BaselineContents,
): BaselineHeader {
  return {
    firstPane,
    referencePane,
    words,
    error,
    length: sums.length,
    cells: departed.cells.length,
  };
}

function describeRun({ counts, words, smallest }: SparseCounts): RunHeader {
  const countBytes = counts.BYTES_PER_ELEMENT as RunHeader["countBytes"];
  return { length: counts.length, countBytes, words, smallest };
}

function decodeContents(
  contents: Uint8Array,
): { readonly snapshot: Snapshot; readonly identity: SnapshotIdentity } {
  const reader = new ArrayReader(contents.subarray(MAGIC.length + 1));
  const headerLength = new DataView(reader.take(Uint8Array, 4).buffer).getUint32(0);
  const header = parseHeader(reader.take(Uint8Array, headerLength));
  const { identity, takenAtMs, clusterId, closedUntilMs, firstEndMs, partitions } = header;
  const words = {
    offsets: reader.take(Uint32Array, header.words.idLimit),
    lengths: reader.take(Int32Array, header.words.idLimit),
    bytes: reader.take(Uint8Array, header.words.byteLength),
  };
  checkWords(words);
  const panes = header.panes.map(({ startMs, records, runs }) => ({
    startMs,
    records,
    runs: runs.map((run) => takeRun(reader, run, words)),
  }));
  const baseline = header.baseline && takeBaseline(reader, header.baseline, words);
  const newWords = header.newWords && takeNewWords(reader, header.newWords, words);
  if (reader.left > 0) throw new RangeError(`${reader.left} bytes are left, wanted none`);
  return {
    identity,
    snapshot: {
      takenAtMs,
      clusterId,
      closedUntilMs,
      firstEndMs,
      partitions,
      words,
      panes,
      ...(baseline && { baseline }),
      ...(newWords && { newWords }),
    },
  };
}

function parseHeader(bytes: Uint8Array): z.infer<typeof HEADER> {
  const { data, error } = HEADER.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (data !== undefined) return data;
  const [{ path, message }] = error.issues;
  throw new SyntaxError(`${path.join(".")}: ${message}`);
}

/** Words that overlapped would take more memory than the file. */
function checkWords({ bytes, offsets, lengths }: WordsCopy): void {
  let totalBytes = 0;
  for (let id = 0; id < lengths.length; id++) {
    if (lengths[id] <= 0) continue;
    totalBytes += lengths[id];
    if (offsets[id] + lengths[id] > bytes.length || totalBytes > bytes.length) {
      throw new RangeError(`word ${id} is outside of the ${bytes.length} bytes of the words`);
    }
  }
}

function takeRun(
  reader: ArrayReader,
  { length, countBytes, words, smallest }: RunHeader,
  { lengths }: WordsCopy,
): SparseCounts {
  const ids = reader.take(Int32Array, length);
  const counts = reader.take<SparseCounts["counts"]>(COUNT_ARRAYS[countBytes], length);
  let before = -1;
  for (let i = 0; i < length; i++) {
    const id = ids[i];
    const count = counts[i];
    if (id <= before || !(lengths[id] > 0)) {
      throw new RangeError(`word ${id} is counted, wanted one that is there`);
    }
    if (!(count >= 0 && count <= words && Number.isInteger(count))) {
      throw new RangeError(`a word is counted ${count} times, wanted ${words} at most`);
    }
    before = id;
  }
  return { ids, counts, words, smallest };
}

function takeBaseline(
  reader: ArrayReader,
  { length, cells: cellCount, ...header }: BaselineHeader,
  { lengths }: WordsCopy,
): BaselineContents {
  const sums = reader.take(Float32Array, length);
  if (sums.some((sum, id) => !(sum === 0 || (sum > 0 && sum < Infinity && lengths[id] > 0)))) {
    throw new RangeError("a usual count is of no word or no number, wanted one of a word");
  }
  const cells = reader.take(Uint32Array, cellCount);
  const counts = reader.take(Float32Array, cellCount);
  if (cells.some((cell, i) => cell >= DEPARTED_CELLS || (i > 0 && cell <= cells[i - 1]))) {
    throw new RangeError(`a cell is out of order, wanted ${DEPARTED_CELLS} cells at most`);
  }
  if (counts.some((count) => !(count > 0 && count < Infinity))) {
    throw new RangeError("a cell has no count above 0");
  }
  return { ...header, sums, departed: { cells, counts } };
}
