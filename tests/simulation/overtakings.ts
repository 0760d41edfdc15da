// Notes where a fast clock makes other records late. A record that waited in the log for longer than its clock is ahead is
// no longer dated ahead when it is first read: nothing tells it from a right one, and the next records may be late.

import type { SentRecord } from "./partition_log.ts";

export class Overtakings {
  readonly #overtaking: SentRecord[] = [];

  /** A member has read the record for the first time, at `nowMs` of its clock. */
  note(sent: SentRecord, nowMs: number): void {
    if (sent.aheadMs > 0 && sent.timestampMs <= nowMs) this.#overtaking.push(sent);
  }

  /** Whether a window may lack the record, since one before it moved the watermark too far. */
  excuse({ partition, offset, timestampMs }: SentRecord): boolean {
    return this.#overtaking.some((one) =>
      one.partition === partition && one.offset < offset && one.timestampMs > timestampMs
    );
  }
}
