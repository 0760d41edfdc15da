// An encoded record batch in a queue. It is decoded when the pipeline reaches it: a decoded batch takes many times the
// memory, and decoding is part of the work that the governor measures.

import type { Batch, BatchProblem } from "../../records/partition_queue.ts";
import type { Records } from "../../records/records.ts";
import { crcMatches } from "./batch_frame.ts";
import { type BatchHeader, HEADER_BYTES } from "./batch_header.ts";
import { decompress } from "../compression/compression.ts";
import { openDecompressor } from "../compression/open_decompressor.ts";
import { OutputLimitError } from "../compression/output_limit_error.ts";
import { MIN_RECORD_BYTES, RecordDecoder } from "./record_decoder.ts";
import { MAX_RECORDS_PER_PART, PART_BYTES, RecordStream } from "./record_stream.ts";

/** A batch that is compressed to more than this share of a part is not expected to fit into one. */
const MAX_SMALL_SHARE = 0.25;
const NOTHING = new Uint8Array(0);

export interface PendingBatchOptions {
  readonly header: BatchHeader;
  readonly nextOffset: number;
  readonly arrivedMs: number;
  readonly checkCrc: boolean;
  /** False for markers and aborted transactions, whose records do not count. */
  readonly isVisible: boolean;
  /** A larger record is passed over where the batch is decoded in parts. */
  readonly maxRecordBytes: number;
  /** A batch that decompresses to more is decoded in parts of this size. Default: `PART_BYTES`. */
  readonly partBytes?: number | undefined;
}

/** A batch that is being decoded. */
interface OpenBatch {
  readonly decoder: RecordDecoder;
  /** All its records, or a stream of them. */
  readonly body: Uint8Array | RecordStream;
}

export class PendingBatch implements Batch {
  readonly sizeBytes: number;
  readonly nextOffset: number;
  readonly arrivedMs: number;
  workBytes = 0;
  decodedBytes = 0;
  readonly #bytes: Uint8Array;
  readonly #options: PendingBatchOptions;
  #open: OpenBatch | undefined;

  /** `bytes` is the batch from its base offset to its end. */
  constructor(bytes: Uint8Array, options: PendingBatchOptions) {
    this.sizeBytes = bytes.length;
    this.nextOffset = options.nextOffset;
    this.arrivedMs = options.arrivedMs;
    this.#bytes = bytes;
    this.#options = options;
  }

  get hasMore(): boolean {
    return this.#open !== undefined;
  }

  decode(
    records: Records,
    fromOffset: number,
    { partRecords }: { readonly partRecords: number } = { partRecords: Infinity },
  ): BatchProblem | undefined {
    records.reset(NOTHING);
    this.workBytes = 0;
    const left = this.#options.header.recordCount - (this.#open?.decoder.index ?? 0);
    let damage: string | undefined;
    try {
      this.#open ??= this.#start();
      damage = this.#open && this.#decodePart(this.#open, records, { fromOffset, partRecords });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      damage = error.message;
    }
    if (damage === undefined) return undefined;
    this.release();
    records.reset(NOTHING);
    const message = `batch at ${this.#options.header.baseOffset}: ${damage}`;
    return { reason: "corrupt", records: this.#lost(left, fromOffset), message };
  }

  release(): void {
    if (this.#open?.body instanceof RecordStream) this.#open.body.close();
    this.#open = undefined;
    this.decodedBytes = 0;
  }

  /** Checks and decompresses. Returns undefined without records. @throws RangeError for a damaged batch */
  #start(): OpenBatch | undefined {
    const { header, checkCrc, isVisible, maxRecordBytes, partBytes = PART_BYTES } = this.#options;
    const { recordCount, baseOffset, lastOffset, codec, isLogAppendTime, maxTimestampMs } = header;
    this.workBytes = this.#bytes.length;
    if (checkCrc && !crcMatches(this.#bytes, header)) throw new RangeError("its CRC does not match");
    if (!isVisible) return undefined;
    if (recordCount < 0 || recordCount > lastOffset - baseOffset + 1) {
      throw new RangeError(`it claims ${recordCount} records`);
    }
    const decoder = new RecordDecoder({
      baseOffset,
      lastOffset,
      recordCount,
      baseTimestampMs: header.baseTimestampMs,
      appendTimestampMs: isLogAppendTime ? maxTimestampMs : undefined,
    });
    const bytes = this.#bytes.subarray(HEADER_BYTES);
    if (codec === 0 || recordCount === 0) return { decoder, body: codec === 0 ? bytes : NOTHING };
    const body = decompressSmall(codec, bytes, partBytes);
    this.workBytes += body?.length ?? partBytes;
    this.decodedBytes = body?.length ?? 0;
    if (body !== undefined) return { decoder, body };
    const options = { recordCount, maxRecordBytes, partBytes };
    return { decoder, body: new RecordStream(openDecompressor(codec, bytes), decoder, options) };
  }

  #decodePart(
    { decoder, body }: OpenBatch,
    records: Records,
    { fromOffset, partRecords }: { readonly fromOffset: number; readonly partRecords: number },
  ): string | undefined {
    if (body instanceof RecordStream) {
      const damage = body.next(records, fromOffset);
      this.workBytes += body.workBytes;
      this.decodedBytes = body.stateBytes;
      if (body.isDone) this.#open = undefined;
      return damage;
    }
    const { recordCount } = this.#options.header;
    if (decoder.at === 0 && recordCount * MIN_RECORD_BYTES > body.length) {
      return `${recordCount} records in ${body.length} bytes`;
    }
    const { at } = decoder;
    const maxRecords = Math.min(partRecords, MAX_RECORDS_PER_PART);
    const damage = decoder.decode(records, { bytes: body, at, isEnd: true }, { fromOffset, maxRecords });
    if (at > 0) this.workBytes += decoder.at - at;
    if (damage !== undefined || !decoder.isDone) return damage;
    this.#open = undefined;
    if (decoder.at === body.length) return undefined;
    return `${body.length - decoder.at} bytes after the last of ${recordCount} records`;
  }

  /** At most the number of offsets: the header itself may be damaged. */
  #lost(records: number, fromOffset: number): number {
    const { header: { baseOffset }, nextOffset } = this.#options;
    return Math.max(1, Math.min(records, nextOffset - Math.max(fromOffset, baseOffset)));
  }
}

/** Undefined for a batch that decompresses to more than the limit. */
function decompressSmall(codec: number, bytes: Uint8Array, limitBytes: number): Uint8Array | undefined {
  // To find the limit exceeded costs as much as to decompress so far.
  if (bytes.length > limitBytes * MAX_SMALL_SHARE) return undefined;
  try {
    return decompress(codec, bytes, limitBytes);
  } catch (error) {
    if (error instanceof OutputLimitError) return undefined;
    throw error;
  }
}
