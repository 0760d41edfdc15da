// Limits the share of time that HTTP takes, so that requests cannot slow the counting down. Work is done one piece after
// the other, and after each piece nothing is done for a multiple of its cost.

import type { Clock } from "../async/clock.ts";

/** Work takes one of so many parts of the time. The runtime's own work for it, which cannot be measured, takes about as much. */
const PARTS = 40;
/** The cost of a piece of work in sockets and system calls, beside its own. */
const SOCKETS_MS = 0.3;
/** The credit after a time without work: enough for a page with its requests, or a round of scrapes. */
const MAX_CREDIT_MS = 300;

/** The client that a piece of work is done for. */
export interface TimeShareClient {
  readonly address: string;
  /** It has gone: its work is left out. */
  readonly closed: boolean;
}

interface Piece {
  readonly client: TimeShareClient;
  readonly run: () => Promise<void>;
  readonly skip: () => void;
}

export class TimeShare {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** The addresses take turns, so that one with much work does not keep another waiting. None is empty. */
  readonly #queues = new Map<string, Piece[]>();
  #isRunning = false;
  #creditMs = MAX_CREDIT_MS;
  #creditAtMs: number;

  /** Aborting `signal` ends the rests. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#creditAtMs = clock.monotonicMs();
  }

  /** Runs `work` when its client's turn comes; resolves with undefined where the client has gone by then. */
  run<T>(client: TimeShareClient, work: () => T | Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const run = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      const queue = this.#queues.get(client.address) ?? [];
      queue.push({ client, run, skip: () => resolve(undefined) });
      this.#queues.set(client.address, queue);
      if (!this.#isRunning) this.#runAll();
    });
  }

  /** Takes the cost of work that was done elsewhere off the credit. */
  charge(costMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#creditMs = Math.min(MAX_CREDIT_MS, this.#creditMs + (nowMs - this.#creditAtMs) / PARTS) - costMs;
    this.#creditAtMs = nowMs;
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (let piece = this.#next(); piece !== undefined; piece = this.#next()) {
      if (piece.client.closed) {
        piece.skip();
        continue;
      }
      const startMs = this.#clock.monotonicMs();
      await piece.run();
      this.charge(this.#clock.monotonicMs() - startMs + SOCKETS_MS);
      if (this.#creditMs < 0) await this.#clock.sleep(-this.#creditMs * PARTS, this.#signal);
    }
    this.#isRunning = false;
  }

  /** The oldest piece of the address that has waited longest; that address goes to the end. */
  #next(): Piece | undefined {
    for (const [address, queue] of this.#queues) {
      const piece = queue.shift();
      this.#queues.delete(address);
      if (queue.length > 0) this.#queues.set(address, queue);
      return piece;
    }
    return undefined;
  }
}
