// ReadAhead prepares the next records of a lane before they are taken: it finds their event times, and waits for schemas
// that are not known yet.

import type { RecordTexts, SchemaWait } from "../extraction/record_texts.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import { MAX_RECORDS_PER_RUN } from "./record_runs.ts";
import type { TurnTime } from "./turn_time.ts";

/** At least this many records are prepared at a time. */
const MIN_RECORDS = 8;
/** How long a head waits for a schema before it asks again. */
const ASK_AGAIN_MS = 1_000;
/** A head that waits asks for the schemas of so many records, so that each foreign id does not take a request's time. */
const ASKED_RECORDS = 32;

export class ReadAhead {
  readonly #queue: PartitionQueue;
  readonly #texts: RecordTexts;
  readonly #turnTime: TurnTime;
  /** The records below this index of the head are prepared. */
  #until = 0;
  /** The number of records that the last take needed: those taken, and the one that ended it. */
  #expected = MAX_RECORDS_PER_RUN;
  /** Set while the head waits for a schema: the answers that had arrived, and when it asked, monotonic. */
  #wait: { readonly arrivals: number; readonly askedMs: number } | undefined;

  constructor(
    queue: PartitionQueue,
    { texts, turnTime }: { readonly texts: RecordTexts; readonly turnTime: TurnTime },
  ) {
    this.#queue = queue;
    this.#texts = texts;
    this.#turnTime = turnTime;
    queue.records.keepsHeaders = texts.needsHeaders;
    if (texts.findsTimes) queue.records.useOwnTimes();
  }

  /** Prepares the next record; false if it has to wait for its schema. */
  prepareNext(): boolean {
    const texts = this.#texts;
    const { records, cursor, releasedMs } = this.#queue;
    if (texts.schemas !== undefined && this.#waitsFor(texts.schemas)) return false;
    if (texts.findsTimes && releasedMs === undefined) texts.findTimes(records, cursor, cursor + 1);
    return true;
  }

  /** Ends a take of this many records. Other records that are prepared are lost, since the readers see another lane next. */
  end(taken: number): void {
    this.#until = 0;
    this.#expected = taken + 1;
  }

  /**
   * Prepares the records from `from` on: as many as the last take has needed, and then some more at a time. Returns up to
   * where: `from` itself if it has to wait.
   */
  prepare(from: number, most: number): number {
    const { findsTimes, schemas } = this.#texts;
    if (!findsTimes && schemas === undefined) return most;
    if (from < this.#until) return this.#until;
    const { records, cursor } = this.#queue;
    const expected = this.#expected - (from - cursor);
    const to = Math.min(most, from + Math.min(MAX_RECORDS_PER_RUN, Math.max(MIN_RECORDS, expected)));
    this.#until = schemas?.readableUntil(records, from, to) ?? to;
    if (findsTimes && this.#until > from) this.#texts.findTimes(records, from, this.#until);
    return this.#until;
  }

  /** A head that has given its memory back cannot ask: it waits until an answer arrives, or for a while. */
  #waitsFor(schemas: SchemaWait): boolean {
    const { readAtMs } = this.#turnTime;
    const { records, cursor, releasedMs } = this.#queue;
    const wait = this.#wait;
    if (releasedMs !== undefined) {
      return wait?.arrivals === schemas.arrivals && readAtMs < wait.askedMs + ASK_AGAIN_MS;
    }
    const isReadable = schemas.readableUntil(records, cursor, cursor + 1) > cursor;
    if (!isReadable) {
      schemas.readableUntil(records, cursor + 1, Math.min(records.count, cursor + ASKED_RECORDS));
    }
    this.#wait = isReadable ? undefined : { arrivals: schemas.arrivals, askedMs: readAtMs };
    return !isReadable;
  }
}
