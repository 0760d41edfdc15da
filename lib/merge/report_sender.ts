// The ReportSender appends the reports of this member to the pane log, in the order in which they were made. It drops
// none: while the log accepts nothing, the reports wait, and the pipeline counts no more.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";
import { Producer, type ProducerClient, type Sending } from "../kafka/produce/producer.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";

/** The pipeline counts nothing while more bytes wait. One report may exceed it: a pane has no bound in bytes. */
const BLOCKED_BYTES = 16 * 1024 * 1024;
/** The longest pause between two attempts. */
const MAX_PAUSE_MS = 1_000;
/** A stop waits this long for the reports under way. */
const FLUSH_MS = 3_000;
const PARTITION = 0;

export interface ReportSenderOptions {
  readonly topic: string;
  readonly client: ProducerClient & { close(): Promise<void> };
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

/** A part of a report. */
interface QueuedPart extends Sending {
  readonly ticket: number;
}

export class ReportSender {
  readonly #options: ReportSenderOptions;
  readonly #producer: Producer<QueuedPart>;
  readonly #outage: Outage;
  readonly #news: Wakeup;
  readonly #ending = new AbortController();
  /** In the order of their tickets. */
  readonly #parts = new Set<QueuedPart>();
  /** Those that wait for the log to have the parts up to a ticket. */
  readonly #waiting = new Set<{ readonly ticket: number; readonly resolve: (isSent: boolean) => void }>();
  #queuedBytes = 0;
  #lastTicket = 0;
  #failures = 0;
  #error: Error | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ReportSenderOptions) {
    const { client, topic, clock } = options;
    this.#options = options;
    this.#producer = new Producer(client, { topic, partition: PARTITION, clock });
    this.#outage = new Outage(options);
    this.#news = new Wakeup(clock);
  }

  /** The room for bytes that wait is full: nothing more may be counted. */
  get isBlocked(): boolean {
    return this.#queuedBytes >= BLOCKED_BYTES;
  }

  /** Why the log accepts nothing; undefined while it does. */
  get failure(): string | undefined {
    return this.#outage.reason;
  }

  /** No retry helps: the broker refuses a report. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Queues a report: the values of its records. They are dated when they are queued, never by the time of events. */
  put(values: readonly Uint8Array[]): void {
    const timestampMs = this.#options.clock.nowMs();
    for (const value of values) {
      const record = { key: null, value, headers: [], timestampMs };
      this.#parts.add({ record, isInFlight: false, ticket: ++this.#lastTicket });
      this.#queuedBytes += value.length;
    }
    this.#news.ring();
  }

  /** Resolves when the log has all that was put so far; to false where the sender stops before. */
  settled(): Promise<boolean> {
    const ticket = this.#lastTicket;
    if (this.#hasSent(ticket)) return Promise.resolve(true);
    if (this.#ending.signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.add({ ticket, resolve });
    return promise;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    }).finally(() => this.#end());
  }

  /** Waits for the reports under way, for a limited time, and closes the client. Needed once; again is harmless. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const flushed = new AbortController();
    const waiting = this.settled().finally(() => flushed.abort());
    await this.#options.clock.sleep(FLUSH_MS, flushed.signal);
    this.#end();
    await waiting;
    await this.#options.client.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      if (this.#parts.size === 0) {
        await this.#news.wait(Infinity);
        continue;
      }
      const { accepted, rejected, rejection, failure } = await this.#producer.send(() => this.#parts);
      for (const part of accepted) this.#remove(part);
      this.#notify();
      if (rejected.length > 0) throw rejection ?? new Error("the broker refuses a report");
      if (failure === undefined) {
        this.#failures = 0;
        this.#outage.works("sending");
        continue;
      }
      if (signal.aborted) return;
      this.#outage.failed("sending", failure.message);
      const pauseMs = Math.min(MAX_PAUSE_MS, backOffMs(this.#failures++, Math.random()));
      await this.#options.clock.sleep(pauseMs, signal);
    }
  }

  #remove(part: QueuedPart): void {
    this.#parts.delete(part);
    this.#queuedBytes -= part.record.value?.length ?? 0;
  }

  #hasSent(ticket: number): boolean {
    for (const oldest of this.#parts) return oldest.ticket > ticket;
    return true;
  }

  #notify(): void {
    for (const one of this.#waiting) {
      if (!this.#hasSent(one.ticket)) continue;
      this.#waiting.delete(one);
      one.resolve(true);
    }
  }

  #end(): void {
    this.#ending.abort();
    this.#news.ring();
    this.#notify();
    for (const { resolve } of this.#waiting) resolve(false);
    this.#waiting.clear();
  }
}
