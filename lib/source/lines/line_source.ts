// Lines as a source: each line of standard input, or of a followed file or FIFO, is a record with its arrival time.

import type { Clock } from "../../async/clock.ts";
import type { Log } from "../../log/log.ts";
import { Wakeup } from "../../async/wakeup.ts";
import { FollowedFile } from "./followed_file.ts";
import { type Lines, LineSplitter } from "./line_splitter.ts";
import { type BatchProblem, PartitionQueue } from "../../records/partition_queue.ts";
import type { Assignment, Readiness, Source } from "../source.ts";
import { textBatch } from "../../records/text_batch.ts";

/** With this much queued, reading pauses. */
const MAX_QUEUED_BYTES = 4 * 2 ** 20;
const FULL_WAIT_MS = 20;
/** How often the end of a file is checked, and event time advances there. */
const POLL_MS = 100;
const RETRY_MS = 1_000;

export interface LinesOptions {
  readonly path: string;
  readonly maxRecordBytes: number;
  /** Default: the standard input of the process. */
  readonly stdin?: ReadableStream<Uint8Array>;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

export class LinesSource implements Source {
  readonly #options: LinesOptions;
  readonly #queue = new PartitionQueue({ topic: "lines", partition: 0, startOffset: 0 });
  readonly #splitter: LineSplitter;
  readonly #changed: Wakeup;
  readonly #stopping = new AbortController();
  #assignment: Assignment | undefined;
  #readiness: Readiness = { ready: false, reason: "not started" };
  #isOpen = false;
  #running: Promise<unknown> | undefined;

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#changed = new Wakeup(options.clock);
    this.#splitter = new LineSplitter(options.maxRecordBytes);
  }

  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  get readiness(): Readiness {
    return this.#readiness;
  }

  mayClose(): boolean {
    return true;
  }

  changed(timeoutMs: number): Promise<void> {
    return this.#changed.wait(timeoutMs);
  }

  wake(): void {
    this.#changed.ring();
  }

  /** There is no progress to save: lines that are read again arrive again. */
  save(): Promise<boolean> {
    return Promise.resolve(true);
  }

  start(): void {
    const { path } = this.#options;
    this.#assignment = { partitions: [this.#queue], closedUntilMs: -Infinity, firstEndMs: -Infinity };
    const reading = path === "-" ? this.#readStdin() : this.#follow(path);
    this.#running = Promise.all([reading, this.#passTime()]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#changed.ring();
    await this.#running;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #readStdin(): Promise<void> {
    const { stdin = Deno.stdin.readable, log } = this.#options;
    const reader = stdin.getReader();
    const cancelled = new Promise<void>((resolve) => {
      this.#stopping.signal.addEventListener("abort", () => resolve(reader.cancel()), { once: true });
    });
    this.#open();
    while (await this.#room()) {
      const result = await this.#attempt("standard input", () => reader.read());
      if (result === undefined) continue;
      if (result.done) break;
      this.#take(this.#splitter.split(result.value));
    }
    if (this.#isStopping) return await cancelled;
    this.#take(this.#splitter.finish());
    log.info("standard input has ended");
  }

  async #follow(path: string): Promise<void> {
    while (!this.#isStopping) {
      const file = await this.#attempt(`"${path}"`, () => FollowedFile.open(path));
      if (file === undefined) continue;
      try {
        await this.#read(path, file);
      } finally {
        await file.close();
      }
    }
  }

  /** Reads until another file takes its place. */
  async #read(path: string, file: FollowedFile): Promise<void> {
    while (await this.#room()) {
      const chunk = await this.#attempt(`"${path}"`, () => file.read());
      if (chunk !== undefined) this.#open();
      if (chunk !== undefined && chunk.length > 0) {
        this.#take(this.#splitter.split(chunk));
        continue;
      }
      const change = await this.#attempt(`"${path}"`, () => file.check());
      if (change === "truncated" || change === "replaced") this.#dropUnfinished(path, change);
      if (change === "replaced") return;
      if (change === "none" && chunk !== undefined) await this.#sleep(POLL_MS);
    }
  }

  /** Without input, event time still advances: a later line has a later arrival time. */
  async #passTime(): Promise<void> {
    while (!this.#isStopping) {
      await this.#sleep(POLL_MS);
      if (!this.#isOpen) continue;
      this.#queue.seeEnd(this.#options.clock.monotonicMs());
      this.#changed.ring();
    }
  }

  #open(): void {
    this.#isOpen = true;
    if (this.#readiness.ready) return;
    this.#readiness = { ready: true };
    this.#changed.ring();
  }

  #take(lines: Lines): void {
    const { clock, maxRecordBytes } = this.#options;
    if (lines.count === 0) return;
    const arrivedMs = clock.monotonicMs();
    const queue = this.#queue;
    queue.push(textBatch(lines, { firstOffset: queue.readOffset, timestampMs: clock.nowMs(), arrivedMs }));
    if (lines.tooLong > 0) {
      const problem: BatchProblem = {
        reason: "too_large",
        records: lines.tooLong,
        message: `a line is longer than ${maxRecordBytes} bytes`,
      };
      queue.push({ sizeBytes: 0, nextOffset: queue.readOffset, arrivedMs, decode: () => problem });
    }
    queue.highWatermark = queue.readOffset;
    this.#changed.ring();
  }

  #dropUnfinished(path: string, change: "truncated" | "replaced"): void {
    const bytes = this.#splitter.drop();
    this.#options.log.info(`"${path}" was ${change}: reading from the start`, {
      unfinished_bytes: bytes > 0 ? bytes : undefined,
    });
  }

  /** Waits until the queue has room; false during the stop. */
  async #room(): Promise<boolean> {
    while (!this.#isStopping && this.#queue.queuedBytes >= MAX_QUEUED_BYTES) await this.#sleep(FULL_WAIT_MS);
    return !this.#isStopping;
  }

  /** Runs the action. On an error it logs the reason once, waits, and returns undefined. */
  async #attempt<T>(what: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const reason = `cannot read ${what}: ${error.message}`;
      if (this.#readiness.ready || this.#readiness.reason !== reason) this.#options.log.warn(reason);
      this.#readiness = { ready: false, reason };
      this.#changed.ring();
      await this.#sleep(RETRY_MS);
      return undefined;
    }
  }

  #sleep(ms: number): Promise<void> {
    return this.#options.clock.sleep(ms, this.#stopping.signal);
  }
}
