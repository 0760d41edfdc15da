// An output topic, written at the broker's pace through a bounded queue. While the topic is unreachable, only the saving
// of the progress waits for it, and only for a limited time: a crash must not lose records that the progress calls done.
// After that time counting continues without the topic, and records without room in the queue are dropped and counted.

import type { Clock } from "../async/clock.ts";
import { backOffMs } from "../async/back_off.ts";
import { Producer, type ProducerClient, type SendResult } from "../kafka/produce/producer.ts";
import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";
import type { OutputTotals } from "../metrics/scraped_state.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { Wakeup } from "../async/wakeup.ts";
import { OutputQueue, type OutputQueueOptions, type QueuedRecord } from "./output_queue.ts";

/** Saving the progress waits for this long while sending fails: a dead leader is replaced after some 10 s. */
export const PATIENCE_MS = 15_000;
/** A broker that takes longer to answer does not block the pipeline any more. */
const SLOW_ANSWER_MS = 5_000;
/** A stop sends the remaining records for this long. */
const FLUSH_MS = 3_000;
const FLUSH_RETRY_MS = 100;
/** The shortest time between two log lines about refused records. */
const REFUSED_LOG_MS = 60_000;

export interface KafkaOutputOptions extends OutputQueueOptions {
  /** Its name in the metrics. */
  readonly name: "kafka" | "dead_letters";
  readonly topic: string;
  readonly client: ProducerClient & { close(): Promise<void> };
  /** Records of this time are sent together, so it bounds the rate of requests. */
  readonly lingerMs: number;
  /** The most records of one attempt. */
  readonly maxRecordsPerAttempt: number;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

export class KafkaOutput {
  readonly #options: KafkaOutputOptions;
  readonly #queue: OutputQueue;
  readonly #producer: Producer<QueuedRecord>;
  readonly #outage: Outage;
  readonly #shortage: Outage;
  readonly #news: Wakeup;
  readonly #progress: Wakeup;
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #error: { readonly error: unknown } | undefined;
  /** Successive attempts that failed without delivering a record. */
  #failures = 0;
  /** Start of the current attempt. */
  #attemptBegunMs: number | undefined;
  /** Start of the first of the successive attempts that failed, at least in part. */
  #failingSinceMs: number | undefined;
  #sent = 0;
  #dropped = 0;
  #failed = 0;
  #retries = 0;
  #droppedReported = 0;
  #refusedLoggedMs = -Infinity;

  constructor(options: KafkaOutputOptions) {
    this.#options = options;
    this.#queue = new OutputQueue(options);
    this.#producer = new Producer(options.client, options);
    this.#outage = new Outage(options);
    this.#shortage = new Outage(options);
    this.#news = new Wakeup(options.clock);
    this.#progress = new Wakeup(options.clock);
  }

  get totals(): OutputTotals {
    return {
      output: this.#options.name,
      sent: this.#sent,
      dropped: this.#dropped,
      failed: this.#failed,
      retries: this.#retries,
      queued: this.#queue.count,
    };
  }

  /** True while the topic takes records more slowly than they come. It is false while the topic takes none. */
  get isOverrun(): boolean {
    if (!this.#queue.isHalfFull || this.#failures > 0) return false;
    const nowMs = this.#options.clock.monotonicMs();
    return nowMs - (this.#attemptBegunMs ?? nowMs) < SLOW_ANSWER_MS;
  }

  /** Whether every record put is delivered, or nothing waits for it any more. */
  get isSettled(): boolean {
    return this.#isSettledUntil(this.#queue.lastTicket);
  }

  /** Whether a record of this size would be dropped. If so, it counts as dropped and need not be made. */
  declines(sizeBytes: number): boolean {
    if (!this.#queue.wouldDrop(sizeBytes)) return false;
    this.#dropped++;
    return true;
  }

  put(record: ProducerRecord): void {
    this.#dropped += this.#queue.put(record);
    this.#news.ring();
  }

  /**
   * Waits until every record put so far is delivered or given up; resolves to false where the output stops before. One
   * call at a time.
   *
   * @throws an unexpected error of the sending loop
   */
  async settled(): Promise<boolean> {
    const ticket = this.#queue.lastTicket;
    while (!this.#isSettledUntil(ticket) && !this.#ending.signal.aborted) {
      await this.#progress.wait(this.#patienceLeftMs);
    }
    if (this.#error !== undefined) throw this.#error.error;
    return this.#isSettledUntil(ticket);
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#error = { error };
      this.#ending.abort();
    }).finally(() => this.#progress.ring());
  }

  /** Sends the remaining records for a limited time, then closes the client. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #run(): Promise<void> {
    const { clock, lingerMs, maxRecordsPerAttempt } = this.#options;
    const { signal: stopping } = this.#stopping;
    const { signal: ending } = this.#ending;
    while (!ending.aborted) {
      if (this.#queue.count === 0) {
        if (stopping.aborted) return;
        await this.#news.wait(Infinity);
        continue;
      }
      await clock.sleep(lingerMs, stopping);
      const begunMs = this.#attemptBegunMs = clock.monotonicMs();
      this.#progress.ring();
      const result = await this.#producer.send(() => this.#queue.waiting(maxRecordsPerAttempt));
      this.#attemptBegunMs = undefined;
      this.#take(result);
      if (result.failure === undefined) {
        this.#failingSinceMs = undefined;
        continue;
      }
      this.#failingSinceMs ??= begunMs;
      this.#progress.ring();
      const pauseMs = backOffMs(this.#failures - 1, Math.random());
      if (stopping.aborted) await clock.sleep(FLUSH_RETRY_MS, ending);
      else await clock.sleep(pauseMs, stopping);
    }
  }

  async #stop(): Promise<void> {
    const { clock, client, topic, log } = this.#options;
    this.#stopping.abort();
    this.#news.ring();
    const flushed = new AbortController();
    const running = (this.#running ?? Promise.resolve()).finally(() => flushed.abort());
    await clock.sleep(FLUSH_MS, flushed.signal);
    this.#ending.abort();
    await client.close();
    await running;
    const { count: records } = this.#queue;
    if (records === 0) return;
    this.#dropped += records;
    log.warn("stopping drops records that the topic has not taken in time", { topic, records });
  }

  #take({ accepted, rejected, rejection, failure }: SendResult<QueuedRecord>): void {
    this.#queue.remove(accepted);
    this.#queue.remove(rejected);
    this.#sent += accepted.length;
    this.#failed += rejected.length;
    this.#progress.ring();
    if (accepted.length > 0 || failure === undefined) this.#failures = 0;
    if (rejection !== undefined) this.#reportRefused(rejection);
    if (this.#ending.signal.aborted) return;
    if (failure === undefined) this.#outage.works("sending");
    else {
      this.#failures++;
      this.#retries++;
      this.#outage.failed("sending", failure.message);
    }
    this.#reportDropped();
  }

  /** Reports dropped records once per attempt, since there may be millions. */
  #reportDropped(): void {
    if (this.#dropped > this.#droppedReported) {
      const { topic, dropWhenFull } = this.#options;
      const { count } = this.#queue;
      this.#shortage.failed(
        "room",
        `the queue for the topic "${topic}" is full (${count} records): the ${dropWhenFull} records are dropped`,
      );
    } else if (this.#queue.count === 0) this.#shortage.works("room");
    this.#droppedReported = this.#dropped;
  }

  #reportRefused(error: Error): void {
    const { clock, log, topic } = this.#options;
    if (clock.monotonicMs() < this.#refusedLoggedMs + REFUSED_LOG_MS) return;
    this.#refusedLoggedMs = clock.monotonicMs();
    log.warn("the broker refuses a record: it is dropped", { topic, error, refused: this.#failed });
  }

  #isSettledUntil(ticket: number): boolean {
    const { oldest } = this.#queue;
    return oldest === undefined || oldest.ticket > ticket || this.#patienceLeftMs <= 0;
  }

  /** Time until nothing waits for the topic any more; Infinity while sending works. */
  get #patienceLeftMs(): number {
    const sinceMs = this.#failingSinceMs ?? this.#attemptBegunMs ?? Infinity;
    return sinceMs + PATIENCE_MS - this.#options.clock.monotonicMs();
  }
}
