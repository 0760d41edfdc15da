// Simulated time: every event is on one line, in an order that depends on nothing else. Between two moments all promises
// that can continue do so.

import { setImmediate } from "node:timers";

/** The process of an event: the event does not happen while the process is frozen, nor after its end. */
export interface Process {
  isDead: boolean;
  /** Frozen until then. */
  thawsAtMs: number;
}

interface TimelineEvent {
  readonly atMs: number;
  readonly order: number;
  readonly process: Process | undefined;
  readonly act: () => void;
}

export class Timeline {
  #nowMs = 0;
  #order = 0;
  /** A binary heap; the next event comes first. */
  readonly #events: TimelineEvent[] = [];
  #failure: { readonly error: unknown } | undefined;

  get nowMs(): number {
    return this.#nowMs;
  }

  /**
   * Lets `act` happen at `atMs`, in whole milliseconds, or at once if that has passed; Infinity: never. Without a process
   * it is an event of the environment.
   */
  at(atMs: number, process: Process | undefined, act: () => void): void {
    if (atMs === Infinity) return;
    this.#push({ atMs: Math.max(Math.ceil(atMs), this.#nowMs), order: this.#order++, process, act });
  }

  /** The run ends with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Lets everything happen up to `untilMs`. @throws the first error of any process, or of an event */
  async runUntil(untilMs: number): Promise<void> {
    while (this.#events.length > 0 && this.#events[0].atMs <= untilMs) {
      this.#nowMs = this.#events[0].atMs;
      // Events that this moment adds come after the promises that wait now.
      const last = this.#order;
      while (this.#events.length > 0 && this.#events[0].atMs <= this.#nowMs && this.#events[0].order < last) {
        this.#happen(this.#pop());
      }
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#failure !== undefined) throw this.#failure.error;
    }
    this.#nowMs = untilMs;
  }

  #happen(event: TimelineEvent): void {
    const { process, act } = event;
    if (process?.isDead) return;
    if (process !== undefined && process.thawsAtMs > this.#nowMs) {
      this.#push({ ...event, atMs: process.thawsAtMs });
      return;
    }
    act();
  }

  #push(event: TimelineEvent): void {
    const events = this.#events;
    let index = events.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      events[index] = events[parent];
      index = parent;
    }
    events[index] = event;
  }

  #pop(): TimelineEvent {
    const events = this.#events;
    const first = events[0];
    const moved = events.pop()!;
    const { length } = events;
    if (length === 0) return first;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(events[child + 1], events[child])) child++;
      if (!isBefore(events[child], moved)) break;
      events[index] = events[child];
      index = child;
    }
    events[index] = moved;
    return first;
  }
}

function isBefore(a: TimelineEvent, b: TimelineEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
