// A topic that something is put out to, at the broker's pace and not at the pipeline's: what is put waits in a bounded
// queue and is sent from there. However long the topic is away, nothing waits for it but, for a while, the progress: what
// is kept as done should be in the topic, so that a crash loses nothing of it. When that while is over the counting goes
// on without the topic, and what does not fit into the queue is dropped and counted.

import type { Clock } from "../async/clock.ts";
import { backOffMs } from "../async/back_off.ts";
import { type Attempt, Producer, type ProducerClient } from "../kafka/produce/producer.ts";
import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";
import type { OutputTotals } from "../metrics/metrics_view.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { Wakeup } from "../async/wakeup.ts";
import { OutputQueue, type OutputQueueOptions, type QueuedRecord } from "./output_queue.ts";

/** Progress waits for so long while sending fails: a leader that dies is replaced after some 10 s. */
export const PATIENCE_MS = 15_000;
/** An answer that takes longer is as good as none for whoever waits to put more. */
const SLOW_ANSWER_MS = 5_000;
/** At the end what is left is sent for so long. */
const FLUSH_MS = 3_000;
const FLUSH_RETRY_MS = 100;
/** Records that are refused one after the other are worth a line a minute. */
const REFUSED_LOG_MS = 60_000;

export interface KafkaOutputOptions extends OutputQueueOptions {
  /** As the metrics name it. */
  readonly name: "kafka" | "dead_letters";
  readonly topic: string;
  readonly client: ProducerClient & { close(): Promise<void> };
  /** What comes in that time is sent together; it bounds how often something is sent. */
  readonly lingerMs: number;
  /** Sent at once at most. */
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
  /** Attempts that failed one after the other, without anything taken. */
  #failures = 0;
  /** Of the attempt that is under way. */
  #attemptBegunMs: number | undefined;
  /** When the first of the attempts began that all failed, in part at least. */
  #failingSinceMs: number | undefined;
  #sent = 0;
  #dropped = 0;
  #failed = 0;
  #retries = 0;
  #droppedTold = 0;
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

  /** The topic takes what it is sent, but no faster: whoever puts should wait. */
  get isOverrun(): boolean {
    if (!this.#queue.isHalfFull || this.#failures > 0) return false;
    const nowMs = this.#options.clock.monotonicMs();
    return nowMs - (this.#attemptBegunMs ?? nowMs) < SLOW_ANSWER_MS;
  }

  /** All that was put has been dealt with, or is no longer waited for. */
  get isSettled(): boolean {
    return this.#isSettledUntil(this.#queue.lastTicket);
  }

  /** Whether a record of so many bytes would be dropped; then it is counted as that. */
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
   * Waits until all that has been put is dealt with, or no longer waited for; false where the output was stopped before.
   * One call at a time.
   *
   * @throws what went wrong in an unforeseen way
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

  /** Sends what is left, for a while, and ends. */
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
      const attempt = await this.#producer.attempt(() => this.#queue.waiting(maxRecordsPerAttempt));
      this.#attemptBegunMs = undefined;
      this.#take(attempt);
      if (attempt.failure === undefined) {
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
    log.warn("stopping with records that the topic has not taken", { topic, records });
  }

  #take({ taken, refused, refusal, failure }: Attempt<QueuedRecord>): void {
    this.#queue.remove(taken);
    this.#queue.remove(refused);
    this.#sent += taken.length;
    this.#failed += refused.length;
    this.#progress.ring();
    if (taken.length > 0 || failure === undefined) this.#failures = 0;
    if (refusal !== undefined) this.#tellRefused(refusal);
    if (this.#ending.signal.aborted) return;
    if (failure === undefined) this.#outage.works("sending");
    else {
      this.#failures++;
      this.#retries++;
      this.#outage.failed("sending", failure.message);
    }
    this.#tellDropped();
  }

  /** Not with each of them: there may be millions. */
  #tellDropped(): void {
    if (this.#dropped > this.#droppedTold) {
      const { topic, dropWhenFull } = this.#options;
      const { count } = this.#queue;
      this.#shortage.failed(
        "room",
        `${count} records wait for the topic "${topic}", the ${dropWhenFull} are dropped`,
      );
    } else if (this.#queue.count === 0) this.#shortage.works("room");
    this.#droppedTold = this.#dropped;
  }

  #tellRefused(error: Error): void {
    const { clock, log, topic } = this.#options;
    if (clock.monotonicMs() < this.#refusedLoggedMs + REFUSED_LOG_MS) return;
    this.#refusedLoggedMs = clock.monotonicMs();
    log.warn("a record is refused and dropped", { topic, error, refused: this.#failed });
  }

  #isSettledUntil(ticket: number): boolean {
    const { oldest } = this.#queue;
    return oldest === undefined || oldest.ticket > ticket || this.#patienceLeftMs <= 0;
  }

  /** Infinity while all is well. */
  get #patienceLeftMs(): number {
    const sinceMs = this.#failingSinceMs ?? this.#attemptBegunMs ?? Infinity;
    return sinceMs + PATIENCE_MS - this.#options.clock.monotonicMs();
  }
}
