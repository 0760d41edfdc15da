// Limits the share of time that HTTP takes, so that requests cannot slow the counting down. Work is done one piece after
// the other, and after each piece nothing is done for a multiple of its cost.

import type { Clock } from "../async/clock.ts";

/** Work takes 1 / PARTS of the time. The runtime's own work for it, which cannot be measured, takes about as much. */
const PARTS = 40;
/** The cost of a piece of work in sockets and system calls, beside its own. */
const SOCKETS_MS = 0.3;
/** The credit after a time without work: enough for a page with its requests, or a round of scrapes. */
const MAX_CREDIT_MS = 300;

/** An address that has done no more work elsewhere need not rest for it. */
const MAX_DEBT_MS = 100;
/** The time between two checks whether a rest is over. */
const REST_CHECK_MS = 20;

/** The client that a piece of work is done for. */
export interface TimeShareClient {
  readonly address: string;
  /** It has gone: its work is left out. */
  readonly closed: boolean;
}

interface Piece {
  readonly client: TimeShareClient;
  /** The cost beside the measured one. */
  readonly extraMs: number;
  readonly run: () => Promise<void>;
  readonly skip: () => void;
}

export class TimeShare {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #afterPiece: () => Promise<void>;
  /** The addresses take turns, so that one with much work does not keep another waiting. None is empty. */
  readonly #queues = new Map<string, Piece[]>();
  /** By address: when the work that was done for it elsewhere is made up for. */
  readonly #restUntilMs = new Map<string, number>();
  #isRunning = false;
  #creditMs = MAX_CREDIT_MS;
  #creditAtMs: number;

  /** Aborting `signal` ends the rests. `afterPiece` is waited for, and costs nothing. */
  constructor(clock: Clock, signal: AbortSignal, afterPiece: () => Promise<void> = () => Promise.resolve()) {
    this.#clock = clock;
    this.#afterPiece = afterPiece;
    this.#signal = signal;
    this.#creditAtMs = clock.monotonicMs();
  }

  /**
   * Runs `work` when it is its client's turn. Resolves with undefined if the client has gone by then. `extraMs` is the
   * cost that the runtime has because of it later on.
   */
  run<T>(client: TimeShareClient, work: () => T | Promise<T>, extraMs = 0): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const run = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      const queue = this.#queues.get(client.address) ?? [];
      queue.push({ client, extraMs, run, skip: () => resolve(undefined) });
      this.#queues.set(client.address, queue);
      if (!this.#isRunning) this.#runAll();
    });
  }

  /** Work for that address was done elsewhere: the address alone waits for it. */
  charge(address: string, costMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [other, untilMs] of this.#restUntilMs) if (untilMs <= nowMs) this.#restUntilMs.delete(other);
    const debtMs = Math.max(0, (this.#restUntilMs.get(address) ?? nowMs) - nowMs);
    this.#restUntilMs.set(address, nowMs + debtMs + costMs * PARTS);
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#queues.size > 0) {
      const piece = this.#next();
      if (piece === undefined) {
        await this.#clock.sleep(REST_CHECK_MS, this.#signal);
        continue;
      }
      const startMs = this.#clock.monotonicMs();
      await piece.run();
      const nowMs = this.#clock.monotonicMs();
      const earnedMs = (nowMs - this.#creditAtMs) / PARTS;
      this.#creditMs = Math.min(MAX_CREDIT_MS, this.#creditMs + earnedMs) -
        (nowMs - startMs + SOCKETS_MS + piece.extraMs);
      this.#creditAtMs = nowMs;
      await this.#afterPiece();
      if (this.#creditMs < 0) await this.#clock.sleep(-this.#creditMs * PARTS, this.#signal);
    }
    this.#isRunning = false;
  }

  /** The oldest piece of the address that has waited longest. Undefined where all wait for work done elsewhere. */
  #next(): Piece | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const [address, queue] of this.#queues) {
      while (queue[0]?.client.closed) queue.shift()?.skip();
      const rests = (this.#restUntilMs.get(address) ?? 0) - nowMs > MAX_DEBT_MS * PARTS &&
        !this.#signal.aborted;
      const piece = rests ? undefined : queue.shift();
      if (piece !== undefined || queue.length === 0) this.#queues.delete(address);
      if (piece !== undefined && queue.length > 0) this.#queues.set(address, queue);
      if (piece !== undefined) return piece;
    }
    return undefined;
  }
}
