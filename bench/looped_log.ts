// A pane log in memory with one member, which reads each of its reports right after it has sent it.

import { type Batch, PartitionQueue } from "../lib/records/partition_queue.ts";
import type { MergingMemberOptions } from "../lib/merge/merging_member.ts";

export class LoopedLog {
  readonly log: MergingMemberOptions["log"];
  readonly sender: MergingMemberOptions["sender"];
  readonly #queue = new PartitionQueue({ topic: "panes", partition: 0, startOffset: 0 });

  constructor() {
    this.log = {
      queue: this.#queue,
      hasCaughtUp: true,
      failure: undefined,
      error: undefined,
      start() {},
      readFrom() {},
      impossible(offset, reason) {
        throw new Error(`the report at offset ${offset} cannot be right: ${reason}`);
      },
      stop: () => Promise.resolve(),
    };
    this.sender = {
      isBlocked: false,
      failure: undefined,
      error: undefined,
      start() {},
      put: (values) => values.forEach((value) => this.#append(value)),
      settled: () => Promise.resolve(true),
      stop: () => Promise.resolve(),
    };
  }

  #append(value: Uint8Array): void {
    const offset = this.#queue.readOffset;
    const batch: Batch = {
      sizeBytes: value.length,
      nextOffset: offset + 1,
      arrivedMs: 0,
      decode(records) {
        records.reset(value);
        records.push(offset, 0, -1, -1, 0, value.length);
        return undefined;
      },
    };
    this.#queue.push(batch);
    this.#queue.highWatermark = batch.nextOffset;
  }
}
