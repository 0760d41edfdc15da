// How much may be taken in: the estimator says at which rate, the buckets keep to it, and lag says who is first.

import { type Claim, shareByLag } from "./lag_share.ts";
import { PidRateEstimator, type PidRateEstimatorOptions } from "./pid_rate_estimator.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Rates are records per second, above 0; an absent one is no limit. */
export interface RateSettings {
  /** Whether the rate follows the estimate; without it, it is `max`. */
  readonly backpressure: boolean;
  /** The estimate never falls below it. */
  readonly min: number;
  /** Until there is a first estimate. */
  readonly initial: number;
  readonly max?: number;
  readonly maxPerPartition?: number;
  /** Of records read again. */
  readonly replay?: number;
  /** How often the rate is estimated. */
  readonly intervalMs: number;
  readonly pid: { readonly proportional: number; readonly integral: number; readonly derivative: number };
}

/** What one partition wants. */
export interface Demand {
  /** Records that could be taken now, a whole number. */
  readonly available: number;
  /** Records that it is behind, those available included. */
  readonly lag: number;
}

/** What an interval with records has shown. */
export interface IntervalReport {
  readonly records: number;
  /** In all. */
  readonly processingMs: number;
  /** From admission to the beginning of processing, on average. */
  readonly schedulingMs: number;
  /** Records per second allowed from now on; Infinity: no limit. */
  readonly limit: number;
}

interface PartitionClaim extends Claim {
  readonly bucket: TokenBucket;
}

/** What is admitted at once when there is more than the rate allows: wakes are that far apart, and cost little. */
const WAKE_MS = 20;
/** Less is not worth a wake, and timers cannot do it. */
const MIN_WAIT_MS = 1;

/** Times are monotonic milliseconds. */
export class Governor {
  #settings: RateSettings;
  readonly #estimator: PidRateEstimator;
  #estimate: number | undefined;
  readonly #intake: TokenBucket;
  readonly #replay: TokenBucket;
  /** A partition that is gone takes its claim along. */
  readonly #claims = new WeakMap<object, PartitionClaim>();
  /** Those whose lack of tokens left something behind at the last `admit`. */
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

  /** Goes on with other settings; the estimate stays, as far as they allow. */
  configure(settings: RateSettings, nowMs: number): void {
    this.#estimator.configure(estimatorOptions(settings));
    this.#settings = settings;
    this.#intake.setRate(this.limit, nowMs);
    this.#replay.setRate(settings.replay ?? Infinity, nowMs);
    this.#intervalEndMs = Math.min(this.#intervalEndMs, nowMs + settings.intervalMs);
  }

  /** Records per second allowed now; Infinity: no limit. */
  get limit(): number {
    const { backpressure, min, initial, max = Infinity } = this.#settings;
    if (!backpressure) return max;
    const wanted = this.#estimate === undefined ? initial : Math.max(this.#estimate, min);
    return Math.min(wanted, max);
  }

  /**
   * Sets `grants[i]` to how many records partition i may take, and counts them as taken.
   *
   * @param keys stand for the partitions from one call to the next
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

  /** How many of the `wanted` records may be read again now; counts them as taken. */
  replayGrant(nowMs: number, wanted: number): number {
    const grant = Math.min(wanted, this.#replay.available(nowMs));
    this.#replay.take(grant, nowMs);
    return grant;
  }

  /**
   * How long until more of what the last `admit` held back is worth admitting; 0 if it held nothing back, then only new
   * records make another call worth while.
   */
  waitMs(nowMs: number): number {
    if (this.#exhausted.length === 0) return 0;
    const waits = this.#exhausted.map((bucket) => {
      return bucket.waitMs(Math.max(1, bucket.ratePerSecond * WAKE_MS / 1000), nowMs);
    });
    return Math.max(MIN_WAIT_MS, Math.min(...waits));
  }

  /** Records have been processed; `waitedMs` is the sum of their waits since they were admitted. */
  observe(records: number, processingMs: number, waitedMs: number): void {
    this.#records += records;
    this.#processingMs += processingMs;
    this.#waitedMs += waitedMs;
  }

  /** To be called often. At the end of an interval it sets the rate anew, if there were records, and reports. */
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
