// planFetch decides when to send the next fetch to a broker, and for which partitions. The pipeline must not wait for
// records that the broker has, a trickle of records must cost two fetches a second and not a hundred, and the queues
// are bounded. The function is pure.

/** When no records are known to be available, the broker waits until it has this many bytes by default. */
const PATIENT_MIN_BYTES = 16 * 1024;
/** The limit of all queues together. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** While some partitions have records to read, the others are fetched at this interval: each adds a cost to a fetch. */
const IDLE_PACE_MS = 100;
/** A queue that holds this many fetches is full. */
const QUEUED_FETCHES = 2;

export interface FetchCandidate {
  readonly queuedBytes: number;
  readonly readOffset: number;
  /** The end of the readable records, from the last answer; -1 before one. */
  readonly readableEnd: number;
  readonly maxBytes: number;
  /** The earliest time of the next fetch after a failure, monotonic. */
  readonly notBeforeMs: number;
}

export type FetchPlan<T> =
  | { readonly kind: "wait"; readonly waitMs: number }
  | {
    readonly kind: "fetch";
    readonly partitions: readonly T[];
    /** It names all partitions that have room. */
    readonly isWhole: boolean;
    readonly minBytes: number;
    readonly maxWaitMs: number;
  };

export function planFetch<T extends FetchCandidate>(candidates: readonly T[], state: {
  readonly nowMs: number;
  /** Monotonic; -Infinity before the first fetch. */
  readonly lastFetchMs: number;
  /** When a fetch last named all partitions that have room; as `lastFetchMs`. */
  readonly lastWholeFetchMs: number;
  readonly maxWaitMs: number;
  readonly patientMinBytes?: number | undefined;
  /** Bytes queued for all partitions, including those of other brokers. */
  readonly totalQueuedBytes: number;
}): FetchPlan<T> {
  const { nowMs, lastFetchMs, lastWholeFetchMs, maxWaitMs, totalQueuedBytes } = state;
  const { patientMinBytes = PATIENT_MIN_BYTES } = state;
  const isFull = ({ queuedBytes, maxBytes }: T) =>
    // An empty queue always has room: the other partitions may wait for its records.
    queuedBytes > 0 && (queuedBytes >= QUEUED_FETCHES * maxBytes || totalQueuedBytes >= MAX_QUEUED_BYTES);
  const open = candidates.filter((one) => one.notBeforeMs <= nowMs && !isFull(one));
  const anyFull = candidates.some(isFull);
  const lagging = open.some(({ readOffset, readableEnd }) => readOffset < readableEnd);
  if (open.length === 0) {
    const waitMs = Math.min(
      Infinity,
      ...candidates.map((one) => one.notBeforeMs - nowMs).filter((ms) => ms > 0),
    );
    return { kind: "wait", waitMs };
  }
  if (!lagging && anyFull) {
    // A long-polling fetch would block the next fetch for a full queue that drains; that fetch includes these partitions.
    const waitMs = lastFetchMs + maxWaitMs - nowMs;
    if (waitMs > 0) return { kind: "wait", waitMs };
  }
  const unknown = open.some(({ readableEnd }) => readableEnd < 0);
  const isWhole = !lagging || nowMs - lastWholeFetchMs >= IDLE_PACE_MS;
  return {
    kind: "fetch",
    partitions: isWhole
      ? open
      : open.filter(({ readOffset, readableEnd }) => readOffset < readableEnd || readableEnd < 0),
    isWhole,
    minBytes: lagging || anyFull || unknown ? 1 : patientMinBytes,
    maxWaitMs: anyFull || unknown ? 0 : maxWaitMs,
  };
}
