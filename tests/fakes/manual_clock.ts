// A clock that moves when a test says so.

import type { Clock } from "../../lib/async/clock.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs: number;
  #sleepers: Sleeper[] = [];

  constructor(start: { nowMs?: number; monotonicMs?: number } = {}) {
    this.#nowMs = start.nowMs ?? Date.UTC(2026, 10, 22, 10);
    this.#monotonicMs = start.monotonicMs ?? 0;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.#monotonicMs + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      }, { once: true });
    });
  }

  /** Time passes, on both clocks; who slept so long wakes, in order. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#monotonicMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#monotonicMs);
    for (const { wake } of due.sort((a, b) => a.untilMs - b.untilMs)) wake();
  }

  /** The wall clock alone is set forward or back. */
  step(ms: number): void {
    this.#nowMs += ms;
  }
}
