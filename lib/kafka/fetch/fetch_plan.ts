// planFetch decides when to send the next fetch to a broker, and for which partitions. The pipeline must not wait for
// records that the broker has, a trickle of records must cost two fetches a second and not a hundred, and the queues
// are bounded. The function is pure.

/** When no records are known to be available, the broker waits until it has this many bytes by default. */
const PATIENT_MIN_BYTES = 16 * 1024;
/** The limit of all queues together. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/**
 * The limit of one answer for all partitions of a broker: room for 64 of them, so that they advance together. Where
 * answers have room for some only, those run ahead, and counting keeps switching between panes. A queued batch keeps its
 * whole answer in memory.
 */
export const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** The limit of an answer when the queues have no room: empty queues still get their next records. */
const MIN_RESPONSE_BYTES = 1024 * 1024;
/**
 * While some partitions have records to read, the others are fetched at this interval, or at a longer one if they are
 * many: a broker takes some 20 µs for each partition that a fetch names.
 */
const IDLE_PACE_MS = 100;
const IDLE_FETCHES_PER_MS = 4;
/**
 * So many fetches of the partitions with records come between two of all, unless they take longer than this beyond the
 * interval. On a busy machine few fetches fit into the interval, and most of them would name all partitions.
 */
const LEAN_FETCHES = 8;
const MAX_LEAN_MS = 900;
/** A queue that holds this many fetches is full. */
const QUEUED_FETCHES = 2;
/** With very many partitions each gets less, but not less than this. */
const MIN_PARTITION_BYTES = 16 * 1024;

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
    /** It names all partitions without known records that have room. */
    readonly isWhole: boolean;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly maxWaitMs: number;
  };

/** The limit of a fetch for each partition, so that the queues of all that have records stay within their limit. */
export function usualFetchBytes(
  candidates: readonly FetchCandidate[],
  maxBytesPerPartition: number,
): number {
  let busy = 0;
  for (const one of candidates) if (one.queuedBytes > 0 || mayHaveRecords(one)) busy++;
  const share = Math.floor(MAX_QUEUED_BYTES / QUEUED_FETCHES / Math.max(1, busy));
  return Math.max(MIN_PARTITION_BYTES, Math.min(maxBytesPerPartition, share));
}

/** The first candidates are preferred: a fetch names no more of those with records than its answer has room for. */
export function planFetch<T extends FetchCandidate>(candidates: readonly T[], state: {
  readonly nowMs: number;
  /** Monotonic; -Infinity before the first fetch. */
  readonly lastFetchMs: number;
  /** The last fetch that was whole; as `lastFetchMs`. */
  readonly lastWholeFetchMs: number;
  /** The number of fetches since the last whole one. */
  readonly leanFetches: number;
  readonly maxWaitMs: number;
  readonly patientMinBytes?: number | undefined;
  /** Bytes queued for all partitions, including those of other brokers. */
  readonly totalQueuedBytes: number;
}): FetchPlan<T> {
  const { nowMs, lastFetchMs, maxWaitMs, totalQueuedBytes } = state;
  const { patientMinBytes = PATIENT_MIN_BYTES } = state;
  const isFull = ({ queuedBytes, maxBytes }: T) =>
    // An empty queue always has room: the other partitions may wait for its records.
    queuedBytes > 0 && (queuedBytes >= QUEUED_FETCHES * maxBytes || totalQueuedBytes >= MAX_QUEUED_BYTES);
  const open = candidates.filter((one) => one.notBeforeMs <= nowMs && !isFull(one));
  const anyFull = candidates.some(isFull);
  if (open.length === 0) {
    const waitMs = Math.min(
      Infinity,
      ...candidates.map((one) => one.notBeforeMs - nowMs).filter((ms) => ms > 0),
    );
    return { kind: "wait", waitMs };
  }
  const lagging = open.filter(({ readOffset, readableEnd }) => readOffset < readableEnd);
  if (lagging.length === 0 && anyFull) {
    // A long-polling fetch would block the next fetch for a full queue that drains; that fetch includes these partitions.
    const waitMs = lastFetchMs + maxWaitMs - nowMs;
    if (waitMs > 0) return { kind: "wait", waitMs };
  }
  // All of them at once: no window closes before each partition has shown a record or its end.
  const unknown = open.filter(({ readableEnd }) => readableEnd < 0);
  const idle = open.filter((one) => !mayHaveRecords(one));
  const isWhole = lagging.length === 0 || isWholeDue(idle.length, state);
  const roomBytes = MAX_QUEUED_BYTES - totalQueuedBytes;
  const maxBytes = Math.max(MIN_RESPONSE_BYTES, Math.min(MAX_RESPONSE_BYTES, roomBytes));
  return {
    kind: "fetch",
    partitions: [...firstWithin(maxBytes, lagging), ...unknown, ...(isWhole ? idle : [])],
    isWhole,
    minBytes: lagging.length > 0 || anyFull || unknown.length > 0 ? 1 : patientMinBytes,
    maxBytes,
    maxWaitMs: anyFull || unknown.length > 0 ? 0 : maxWaitMs,
  };
}

function isWholeDue(
  idle: number,
  { nowMs, lastWholeFetchMs, leanFetches }: {
    readonly nowMs: number;
    readonly lastWholeFetchMs: number;
    readonly leanFetches: number;
  },
): boolean {
  const overdueMs = nowMs - lastWholeFetchMs - Math.max(IDLE_PACE_MS, idle / IDLE_FETCHES_PER_MS);
  return overdueMs >= (leanFetches >= LEAN_FETCHES ? 0 : MAX_LEAN_MS);
}

/** There are records to read, or no answer has told yet. */
function mayHaveRecords({ readOffset, readableEnd }: FetchCandidate): boolean {
  return readOffset < readableEnd || readableEnd < 0;
}

/** The first candidates, until their limits fill the answer. */
function firstWithin<T extends FetchCandidate>(answerBytes: number, candidates: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = candidates.findIndex(({ maxBytes }) => (bytes += maxBytes) > answerBytes);
  return end < 0 ? candidates : candidates.slice(0, Math.max(1, end));
}
