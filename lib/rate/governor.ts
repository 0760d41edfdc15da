// The Governor decides how many records each partition may take in. The PID estimator sets the rate, token buckets
// enforce it, and lag_share.ts divides it among the partitions by their lag.

import { type Claim, shareByLag } from "./lag_share.ts";
import { PidRateEstimator, type PidRateEstimatorOptions } from "./pid_rate_estimator.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Rates are records per second, above 0; an absent one means no limit. */
export interface RateSettings {
  /** The rate follows the estimate; without backpressure it is `max`. */
  readonly backpressure: boolean;
  /** The lower bound of the estimate. */
  readonly min: number;
  /** The rate before the first estimate. */
  readonly initial: number;
  readonly max?: number;
  readonly maxPerPartition?: number;
  /** The limit of records that are read again. */
  readonly replay?: number;
  /** The time between two estimates. */
  readonly intervalMs: number;
  readonly pid: { readonly proportional: number; readonly integral: number; readonly derivative: number };
}

/** The demand of one partition. */
export interface Demand {
  /** Records that it could take now, a whole number. */
  readonly available: number;
  /** Its lag in records, those available included. */
  readonly lag: number;
}

/** The figures of an interval. */
export interface IntervalReport {
  readonly records: number;
  /** Processing time of all its records. */
  readonly processingMs: number;
  /** The average time from admission to the beginning of processing. */
  readonly schedulingMs: number;
  /** Records per second allowed from now on; Infinity means no limit. */
  readonly limit: number;
}

interface PartitionClaim extends Claim {
  readonly bucket: TokenBucket;
}

/** The time between two wakes while tokens are short: admitting this much at once keeps the cost of wakes low. */
const WAKE_MS = 20;
/** Timers are no finer, and a shorter wait is not worth a wake. */
const MIN_WAIT_MS = 1;

/** All times are monotonic milliseconds. */
export class Governor {
  #settings: RateSettings;
  readonly #estimator: PidRateEstimator;
  #estimate: number | undefined;
  readonly #intake: TokenBucket;
  readonly #replay: TokenBucket;
  /** Weak, so that a partition that is no longer assigned takes its claim with it. */
  readonly #claims = new WeakMap<object, PartitionClaim>();
  /** The buckets that ran out of tokens in the last `admit`. */
  #exhausted: TokenBucket[] = [];

  #intervalEndMs: number;
  #records = 0;
  #processingMs = 0;
  #waitedMs = 0;

  constructor(settings: RateSettings, nowMs: number) {
    this.#settings = settings;
    this.#estimator = new PidRateEstimator(estimatorOptions(settings));
    this.#intake = new TokenBucket(this.limit, nowMs);
    this.#replay = new TokenBucket(settings.replay ?? Infinity, nowMs);
    this.#intervalEndMs = nowMs + settings.intervalMs;
  }

  /** Changes the settings and keeps the estimate within their bounds. */
  configure(settings: RateSettings, nowMs: number): void {
    this.#estimator.configure(estimatorOptions(settings));
    this.#settings = settings;
    this.#intake.setRate(this.limit, nowMs);
    this.#replay.setRate(settings.replay ?? Infinity, nowMs);
    this.#intervalEndMs = Math.min(this.#intervalEndMs, nowMs + settings.intervalMs);
  }

  /** Records per second allowed now; Infinity means no limit. */
  get limit(): number {
    const { backpressure, min, initial, max = Infinity } = this.#settings;
    if (!backpressure) return max;
    const wanted = this.#estimate === undefined ? initial : Math.max(this.#estimate, min);
    return Math.min(wanted, max);
  }

  /**
   * Sets `grants[i]` to the number of records that partition i may take, and counts them as taken.
   *
   * @param keys identify the partitions from one call to the next
   */
  admit(nowMs: number, keys: readonly object[], demands: readonly Demand[], grants: number[]): void {
    const claims = keys.map((key, index) => this.#claim(nowMs, key, demands[index]));
    const wanted = claims.reduce((sum, { available }) => sum + available, 0);
    const granted = shareByLag(this.#intake.available(nowMs), claims);
    this.#intake.take(granted, nowMs);
    claims.forEach(({ grant, bucket }, index) => {
      bucket.take(grant, nowMs);
      grants[index] = grant;
    });
    this.#exhausted = granted < wanted
      ? [this.#intake]
      : claims.filter(({ grant }, index) => grant < demands[index].available).map(({ bucket }) => bucket);
  }

  /** Grants up to `wanted` records that are read again, and counts them as taken. */
  replayGrant(nowMs: number, wanted: number): number {
    const grant = Math.min(wanted, this.#replay.available(nowMs));
    this.#replay.take(grant, nowMs);
    return grant;
  }

  /**
   * The wait until more of what the last `admit` refused is worth admitting. It is 0 if `admit` refused nothing; then
   * only new records make another call useful.
   */
  waitMs(nowMs: number): number {
    if (this.#exhausted.length === 0) return 0;
    const waits = this.#exhausted.map((bucket) => {
      return bucket.waitMs(Math.max(1, bucket.ratePerSecond * WAKE_MS / 1000), nowMs);
    });
    return Math.max(MIN_WAIT_MS, Math.min(...waits));
  }

  /** Adds processed records; `waitedMs` is the sum of their waits between admission and processing. */
  observe(records: number, processingMs: number, waitedMs: number): void {
    this.#records += records;
    this.#processingMs += processingMs;
    this.#waitedMs += waitedMs;
  }

  /** Call it often. At the end of an interval it updates the rate if there were records, and returns a report. */
  tick(nowMs: number): IntervalReport | undefined {
    if (nowMs < this.#intervalEndMs) return undefined;
    const { backpressure, intervalMs } = this.#settings;
    const intervalsOver = Math.floor((nowMs - this.#intervalEndMs) / intervalMs) + 1;
    this.#intervalEndMs += intervalsOver * intervalMs;

    const records = this.#records;
    const processingMs = this.#processingMs;
    const schedulingMs = records === 0 ? 0 : this.#waitedMs / records;
    this.#records = 0;
    this.#processingMs = 0;
    this.#waitedMs = 0;
    if (backpressure && records > 0) {
      const measure = { timeMs: nowMs, records, processingMs, schedulingMs };
      this.#estimate = this.#estimator.compute(measure) ?? this.#estimate;
      this.#intake.setRate(this.limit, nowMs);
    }
    return { records, processingMs, schedulingMs, limit: this.limit };
  }

  #claim(nowMs: number, key: object, { available, lag }: Demand): PartitionClaim {
    const rate = this.#settings.maxPerPartition ?? Infinity;
    let claim = this.#claims.get(key);
    if (claim === undefined) {
      claim = { available: 0, lag: 0, credit: 0, grant: 0, bucket: new TokenBucket(rate, nowMs) };
      this.#claims.set(key, claim);
    }
    if (claim.bucket.ratePerSecond !== rate) claim.bucket.setRate(rate, nowMs);
    claim.available = Math.min(available, claim.bucket.available(nowMs));
    claim.lag = lag;
    return claim;
  }
}

function estimatorOptions({ intervalMs, pid, min }: RateSettings): PidRateEstimatorOptions {
  return { ...pid, intervalMs, minRate: min };
}
