// A value that expires, such as a token. It is fetched when it is first needed, and again before it expires. While it is
// good, a failure to fetch a newer one is logged only.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";

/** A value is renewed after 70 to 80 % of its lifetime, so that processes which started together do not ask together. */
const RENEW_FROM = 0.7;
const RENEW_SPREAD = 0.1;
/** A value of unknown lifetime is renewed after this time. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000;
/** A server may issue values that are hardly good for a moment: each login of each broker would fetch its own. */
const MIN_RENEWAL_MS = 1_000;
/** After a failure the next attempt waits for this share of the time that the value is still good. */
const RETRY_SHARE = 0.1;
/** A rejected value is replaced no more often: a new one would mostly be rejected, too. */
const MIN_AGE_OF_REJECTED_MS = 60_000;

export interface Fetched<T> {
  readonly value: T;
  /** Infinity if it is unknown. */
  readonly lifetimeMs: number;
}

export interface Current<T> {
  readonly value: T;
  /** How long it is still good. */
  readonly leftMs: number;
  /** A newer one may be there after this time. */
  readonly renewInMs: number;
}

export interface RenewedOptions<T> {
  /** @throws {Error} whose message names the remedy */
  readonly fetch: () => Promise<Fetched<T>>;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Pick<Log, "info" | "warn">;
  /** In [0, 1). */
  readonly random?: () => number;
}

export class Renewed<T> {
  readonly #options: RenewedOptions<T>;
  readonly #outage: Outage;
  readonly #random: () => number;
  #held: { readonly value: T; readonly fetchedMs: number; readonly expiresMs: number } | undefined;
  /** The time of the next attempt. */
  #dueMs = -Infinity;
  #failures = 0;
  /** Undefined after a success. */
  #error: unknown;
  #fetching: Promise<void> | undefined;

  constructor(options: RenewedOptions<T>) {
    this.#options = options;
    this.#outage = new Outage(options);
    this.#random = options.random ?? Math.random;
  }

  /** All callers wait for the same attempt. @throws the error of the latest attempt where no value is good */
  async get(): Promise<Current<T>> {
    const { clock } = this.#options;
    if (clock.monotonicMs() >= this.#dueMs) {
      await (this.#fetching ??= this.#fetch().finally(() => this.#fetching = undefined));
    }
    const nowMs = clock.monotonicMs();
    const held = this.#held;
    // A value that took longer to come than it lasts is for the broker to judge.
    if (held === undefined || (this.#error !== undefined && held.expiresMs <= nowMs)) throw this.#error;
    const { value, expiresMs } = held;
    return { value, leftMs: Math.max(0, expiresMs - nowMs), renewInMs: Math.max(0, this.#dueMs - nowMs) };
  }

  /** The value is fetched anew, even if it should still be good. */
  reject(value: T): void {
    if (this.#held?.value !== value) return;
    this.#dueMs = Math.min(this.#dueMs, this.#held.fetchedMs + MIN_AGE_OF_REJECTED_MS);
  }

  async #fetch(): Promise<void> {
    const { fetch, clock } = this.#options;
    // The lifetime begins when the server issues the value, which is not earlier.
    const fetchedMs = clock.monotonicMs();
    try {
      const { value, lifetimeMs } = await fetch();
      this.#held = { value, fetchedMs, expiresMs: fetchedMs + lifetimeMs };
      const renewedMs = lifetimeMs === Infinity ? UNKNOWN_LIFETIME_MS : lifetimeMs;
      const share = RENEW_FROM + RENEW_SPREAD * this.#random();
      this.#dueMs = fetchedMs + Math.max(MIN_RENEWAL_MS, renewedMs * share);
      this.#failures = 0;
      this.#error = undefined;
      this.#outage.works("renewal");
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: Error): void {
    const nowMs = this.#options.clock.monotonicMs();
    const leftMs = Math.max(0, (this.#held?.expiresMs ?? -Infinity) - nowMs);
    const share = leftMs === Infinity ? UNKNOWN_LIFETIME_MS : leftMs;
    this.#dueMs = nowMs + Math.max(backOffMs(this.#failures++, this.#random()), RETRY_SHARE * share);
    this.#error = error;
    // Where no value is good, the caller reports the error.
    if (leftMs === 0) return;
    const remaining = leftMs === Infinity ? "" : ` for ${Math.round(leftMs / 1000)} s`;
    this.#outage.failed("renewal", `${error.message}; the present one is still good${remaining}`);
  }
}
