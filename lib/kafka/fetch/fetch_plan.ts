// What to ask a broker for next. The aims: the pipeline never waits for records that the broker has; a trickle of
// records costs two fetches a second and not a hundred; what waits in memory is bounded. Pure.

/** Without records that are known to be there, the broker waits for so many before it answers. */
const PATIENT_MIN_BYTES = 16 * 1024;
/** What waits to be read, over all partitions. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** A queue is topped up while it holds less than so many times what a fetch brings. */
const QUEUED_FETCHES = 2;

/** One partition that the broker leads. */
export interface FetchCandidate {
  readonly queuedBytes: number;
  readonly readOffset: number;
  /** Below it lies what may be read, as last heard; -1: not heard yet. */
  readonly readableEnd: number;
  readonly maxBytes: number;
  /** Not to be asked for before (monotonic), because it failed. */
  readonly notBeforeMs: number;
}

export type FetchPlan<T> =
  | { readonly kind: "wait"; readonly waitMs: number }
  | {
    readonly kind: "fetch";
    readonly partitions: readonly T[];
    readonly minBytes: number;
    readonly maxWaitMs: number;
  };

export function planFetch<T extends FetchCandidate>(candidates: readonly T[], state: {
  readonly nowMs: number;
  /** When the last fetch was sent, monotonic; -Infinity before the first. */
  readonly lastFetchMs: number;
  readonly maxWaitMs: number;
  /** Over all partitions, those of other brokers too. */
  readonly totalQueuedBytes: number;
}): FetchPlan<T> {
  const { nowMs, lastFetchMs, maxWaitMs, totalQueuedBytes } = state;
  const isFull = ({ queuedBytes, maxBytes }: T) =>
    // An empty queue always has room: another partition may be waiting for its records.
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
    // A long-polling fetch would keep a full queue from being topped up when it drains; the fetch that does so will
    // ask for the others too.
    const waitMs = lastFetchMs + maxWaitMs - nowMs;
    if (waitMs > 0) return { kind: "wait", waitMs };
  }
  const unheard = open.some(({ readableEnd }) => readableEnd < 0);
  return {
    kind: "fetch",
    partitions: open,
    minBytes: lagging || anyFull || unheard ? 1 : PATIENT_MIN_BYTES,
    maxWaitMs: anyFull || unheard ? 0 : maxWaitMs,
  };
}
