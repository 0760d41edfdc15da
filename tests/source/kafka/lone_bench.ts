// A KafkaSource on a manual clock, with a cluster that answers wrongly when a test says so.

import assert from "node:assert/strict";
import { SourceReader } from "./source_reader.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { LoneCluster } from "../../fakes/lone_cluster.ts";
import { silentLog } from "../../fakes/silent_log.ts";
import { settle } from "../../fakes/settle.ts";

const STEP_MS = 100;
const MAX_ROUNDS = 50;
/** The wait of a fetch for records. */
export const MAX_WAIT_MS = 100;
export class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly cluster = new LoneCluster(this.clock);
  readonly reader: SourceReader;
  /** Warnings and errors. */
  readonly warnings: string[] = [];

  constructor() {
    const { clock, cluster } = this;
    this.reader = new SourceReader({
      brokers: ["broker:9092"],
      topics: [LoneCluster.topic],
      group: "g",
      sessionTimeoutMs: 10_000,
      fetch: {
        isolation: "read_committed",
        checkCrcs: true,
        maxRecordBytes: 2 ** 20,
        maxBytesPerPartition: 256 * 1024,
        maxWaitMs: MAX_WAIT_MS,
      },
      clock,
      log: {
        ...silentLog,
        warn: (message) => this.warnings.push(message),
        error: (message) => this.warnings.push(message),
      },
      connect: cluster.connect,
    });
  }

  get reason(): string {
    const { readiness } = this.reader.source;
    return readiness.ready ? "" : readiness.reason;
  }

  get restarts(): number {
    return this.reader.events.restarts;
  }

  /** Advances the clock in steps, and lets all tasks run. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      await this.#settle();
      this.clock.advance(STEP_MS);
    }
    await this.#settle();
  }

  /** Lets all tasks run until they send no request, or send them without end. */
  async #settle(): Promise<void> {
    let before = -1;
    for (let round = 0; round < MAX_ROUNDS && before !== this.#requests; round++) {
      before = this.#requests;
      await settle();
    }
  }

  get #requests(): number {
    return [...this.cluster.requests.values()].reduce((sum, requests) => sum + requests, 0);
  }

  /** Takes all queued records, and returns their number. */
  take(): number {
    let taken = 0;
    for (const queue of this.reader.queues) {
      while (queue.head(({ message }) => assert.fail(message))) {
        taken += queue.records.count;
        queue.advance(queue.records.count);
      }
    }
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.reader.stop();
    let isOver = false;
    stopped.finally(() => isOver = true);
    while (!isOver) await this.pass(STEP_MS);
    await stopped;
  }
}
