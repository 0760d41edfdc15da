// The producer: late records, committed and aborted transactions, pauses and bursts.

import { type Random, randomInteger } from "../../lib/source/synthetic/random.ts";
import type { Cluster } from "./cluster.ts";
import type { PartitionLog } from "./partition_log.ts";
import { EPOCH_MS } from "./process_clock.ts";
import type { Settings } from "./scenario.ts";
import type { Timeline } from "./timeline.ts";

const WORDS = ["a", "b", "c"] as const;
const MAX_BATCH_RECORDS = 4;
const MAX_TRANSACTION_MS = 1_500;
const MAX_BACKLOG_MS = 40_000;
const MAX_BACKLOG_GAP_MS = 4_000;
/** A late record is at most this much later than allowed. */
const MAX_LATE_MS = 5_000;

export class Producer {
  readonly #timeline: Timeline;
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #silentUntilMs = new Map<number, number>();

  constructor(options: {
    readonly timeline: Timeline;
    readonly cluster: Cluster;
    readonly settings: Settings;
    readonly random: Random;
  }) {
    this.#timeline = options.timeline;
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#random = options.random;
  }

  /** Leaves records that were sent `ageMs` before the beginning, or earlier. Some partitions have none. */
  leaveBacklog(ageMs: number): void {
    for (const log of this.#cluster.logs) {
      if (this.#random() < 0.3) continue;
      let beforeMs = this.#integer(0, MAX_BACKLOG_MS);
      while (beforeMs >= 0) {
        this.#append(log, this.#integer(1, MAX_BATCH_RECORDS), { agoMs: ageMs + beforeMs });
        beforeMs -= this.#integer(1, MAX_BACKLOG_GAP_MS);
      }
    }
  }

  /** Sends until `untilMs`. */
  run(untilMs: number): void {
    const waitMs = this.#integer(1, 2 * this.#settings.batchGapMs);
    this.#timeline.at(this.#timeline.nowMs + waitMs, undefined, () => {
      if (this.#timeline.nowMs > untilMs) return;
      const log = this.#cluster.logs[this.#integer(0, this.#cluster.logs.length - 1)];
      if (this.#timeline.nowMs >= (this.#silentUntilMs.get(log.partition) ?? 0)) this.#send(log);
      this.run(untilMs);
    });
  }

  /** The partition gets no records for this long. */
  silence(partition: number, forMs: number): void {
    this.#silentUntilMs.set(partition, this.#timeline.nowMs + forMs);
  }

  burst(partition: number, records: number): void {
    this.#append(this.#cluster.logs[partition], records);
  }

  #send(log: PartitionLog): void {
    const chance = this.#random();
    if (chance < 0.05) return log.appendGap();
    const transactional = chance < 0.12 && !log.hasOpenTransaction;
    this.#append(log, this.#integer(1, MAX_BATCH_RECORDS), { transactional });
    if (!transactional) return;
    const isCommit = this.#random() < 0.6;
    const endMs = this.#timeline.nowMs + this.#integer(0, MAX_TRANSACTION_MS);
    this.#timeline.at(endMs, undefined, () => log.endTransaction(isCommit));
  }

  #append(
    log: PartitionLog,
    records: number,
    { transactional = false, agoMs = 0 }: { readonly transactional?: boolean; readonly agoMs?: number } = {},
  ): void {
    const { latenessMs, hasLateRecords, hasFields } = this.#settings;
    const nowMs = EPOCH_MS + this.#timeline.nowMs - agoMs;
    const isLate = hasLateRecords && this.#random() < 0.1;
    const lateByMs = () =>
      isLate ? this.#integer(latenessMs, latenessMs + MAX_LATE_MS) : this.#integer(0, latenessMs);
    const { producerClocksMs } = this.#settings;
    const aheadMs = producerClocksMs[this.#integer(0, producerClocksMs.length - 1)];
    const batch = Array.from({ length: records }, () => ({
      aheadMs,
      timestampMs: nowMs + aheadMs - lateByMs(),
      word: WORDS[this.#integer(0, WORDS.length - 1)],
      fields: hasFields ? { weight: this.#integer(1, 3), isFiltered: this.#random() < 0.2 } : undefined,
    }));
    const from = log.end;
    log.append(batch, { transactional });
    if (isLate || aheadMs < 0) {
      for (const sent of log.sent.slice(-records)) if (sent.offset >= from) sent.excusedFromMs = -Infinity;
    }
  }

  #integer(min: number, max: number): number {
    return randomInteger(this.#random, min, max);
  }
}
