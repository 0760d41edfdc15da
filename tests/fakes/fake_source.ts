// A source whose partitions deliver the records that a test pushes.

import { systemClock } from "../../lib/async/clock.ts";
import {
  type Batch,
  type BatchProblem,
  type EarlierReading,
  PartitionQueue,
} from "../../lib/records/partition_queue.ts";
import type { Records } from "../../lib/records/records.ts";
import type { Assignment, Progress, Readiness, Source } from "../../lib/source/source.ts";
import type { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { Wakeup } from "../../lib/async/wakeup.ts";

export interface FakeRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: string | null;
  readonly key?: string;
}

const encoder = new TextEncoder();

/** A batch of records, or one that cannot be decoded. */
export function fakeBatch(
  records: readonly FakeRecord[],
  options: { arrivedMs?: number; nextOffset?: number; problem?: BatchProblem } = {},
): Batch {
  const nextOffset = options.nextOffset ?? records[records.length - 1].offset + 1;
  return {
    sizeBytes: 100,
    nextOffset,
    arrivedMs: options.arrivedMs ?? 0,
    decode(into, fromOffset) {
      fill(into, records.filter(({ offset }) => offset >= fromOffset));
      return options.problem;
    },
  };
}

function fill(into: Records, records: readonly FakeRecord[]): void {
  const text = encoder.encode(records.map(({ key, value }) => (key ?? "") + (value ?? "")).join(""));
  into.reset(text);
  let at = 0;
  for (const { offset, timestampMs, key, value } of records) {
    const keyEnd = at + encoder.encode(key ?? "").length;
    const valueEnd = keyEnd + encoder.encode(value ?? "").length;
    const keySpan = key === undefined ? [-1, -1] : [at, keyEnd];
    const valueSpan = value === null ? [-1, -1] : [keyEnd, valueEnd];
    into.push(offset, timestampMs, keySpan[0], keySpan[1], valueSpan[0], valueSpan[1]);
    at = valueEnd;
  }
}

export interface FakeStart {
  readonly startOffset?: number;
  readonly replayUntil?: number;
  readonly earlier?: EarlierReading | undefined;
}

export class FakeSource implements Source {
  assignment: Assignment | undefined;
  readiness: Readiness = { ready: true };
  closing = true;
  isHandingOver = false;
  saveSucceeds = true;
  readonly saved: Progress[] = [];
  readonly #wakeup = new Wakeup(systemClock);

  /** Assigns partitions 0, 1, … of `topic`. */
  assign(
    starts: readonly FakeStart[],
    options: {
      closedUntilMs?: number;
      firstEndMs?: number;
      topic?: string;
      restore?: Snapshot | undefined;
      /** The number of the assignment, in a group of which this source is the only member. */
      epoch?: number | undefined;
    } = {},
  ): PartitionQueue[] {
    const partitions = starts.map(({ startOffset = 0, replayUntil, earlier }, partition) =>
      new PartitionQueue({ topic: options.topic ?? "events", partition, startOffset, replayUntil, earlier })
    );
    const list = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.assignment = {
      partitions,
      closedUntilMs: options.closedUntilMs ?? -Infinity,
      firstEndMs: options.firstEndMs ?? -Infinity,
      restore: options.restore,
      epoch: options.epoch === undefined ? undefined : { number: options.epoch, list },
    };
    return partitions;
  }

  mayClose(): boolean {
    return this.closing;
  }

  changed(timeoutMs: number): Promise<void> {
    return this.#wakeup.wait(timeoutMs);
  }

  wake(): void {
    this.#wakeup.ring();
  }

  save(progress: Progress): Promise<boolean> {
    this.saved.push(progress);
    return Promise.resolve(this.saveSucceeds);
  }

  start(): void {}

  stop(): Promise<void> {
    this.#wakeup.ring();
    return Promise.resolve();
  }
}
