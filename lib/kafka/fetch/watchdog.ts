// Detects that fetching has stalled without an error: a connection that swallows requests, a loop that waits for ever, a
// broker that answers without the records that it has, or with an end of the log that lies before them. Progress means that
// fetches are answered, and that offsets move while there are records. Pure: its caller passes the facts from time to time,
// and ends the session on a stall.

export interface FetchFacts {
  readonly key: string;
  /** Fetches that were answered without an error. */
  readonly answers: number;
  readonly readOffset: number;
  /** The end of the readable records, from the last answer; -1 before one. */
  readonly readableEnd: number;
  /** The end of the log, from the last answer; -1 before one. */
  readonly logEnd: number;
  /** The queue holds records, so that no fetch may be due. */
  readonly hasMore: boolean;
  /** Without a leader no client can fetch; the fetcher reports that. */
  readonly hasLeader: boolean;
  /** A quota makes the client wait: its leader may answer without records. */
  readonly isThrottled: boolean;
}

/** `progressing`: each partition has made progress since `start`. */
export type WatchdogDecision =
  | { readonly kind: "progressing" }
  | { readonly kind: "unsure" }
  | { readonly kind: "stalled"; readonly reason: string };

interface Watched {
  answers: number;
  readOffset: number;
  hasProgressed: boolean;
  /** The time without progress. */
  quietMs: number;
  patienceMs: number;
}

/** At most this counts between two checks: a process that was itself stopped proves no stall. */
const MAX_STEP_MS = 2_000;
/** Where a new client does not help, patience doubles up to this factor: each new client interrupts all partitions. */
const MAX_PATIENCE_FACTOR = 16;

export class Watchdog {
  readonly #patienceMs: number;
  readonly #watched = new Map<string, Watched>();
  #checkedMs: number | undefined;

  /** @param options.patienceMs how long a partition may be without progress */
  constructor({ patienceMs }: { readonly patienceMs: number }) {
    this.#patienceMs = patienceMs;
  }

  /** A session starts: the time before it does not count. */
  start(): void {
    this.#checkedMs = undefined;
    for (const watched of this.#watched.values()) {
      watched.quietMs = 0;
      watched.hasProgressed = false;
    }
  }

  /** Checks all assigned partitions; call it about once a second. */
  check(facts: readonly FetchFacts[], nowMs: number): WatchdogDecision {
    const stepMs = Math.min(nowMs - (this.#checkedMs ?? nowMs), MAX_STEP_MS);
    this.#checkedMs = nowMs;
    // Before the first assignment of a session there are no facts; the patience with each partition stays.
    if (facts.length > 0) this.#forgetAllBut(facts);
    let isProgressing = true;
    for (const one of facts) {
      const watched = this.#observe(one, stepMs);
      isProgressing &&= watched.hasProgressed;
      if (watched.quietMs < watched.patienceMs) continue;
      const reason = describeStall(one, watched.quietMs);
      watched.patienceMs = Math.min(watched.patienceMs * 2, this.#patienceMs * MAX_PATIENCE_FACTOR);
      watched.quietMs = 0;
      return { kind: "stalled", reason };
    }
    return { kind: isProgressing ? "progressing" : "unsure" };
  }

  #observe(facts: FetchFacts, stepMs: number): Watched {
    const { key, answers, readOffset, readableEnd, logEnd, hasMore, hasLeader, isThrottled } = facts;
    const known = this.#watched.get(key) ?? this.#watch(facts);
    // A new session counts its answers from 0.
    const isAnswered = answers > known.answers;
    // A log that ends before the read offset has no end that can be read: windows would wait for it.
    const isAtEnd = readOffset >= readableEnd && readOffset <= logEnd;
    const hasMoved = readOffset !== known.readOffset || (isAnswered && isAtEnd);
    known.quietMs = hasMoved || hasMore || isThrottled || !hasLeader ? 0 : known.quietMs + stepMs;
    known.hasProgressed ||= hasMoved || hasMore || isThrottled;
    if (hasMoved) known.patienceMs = this.#patienceMs;
    known.answers = answers;
    known.readOffset = readOffset;
    return known;
  }

  #watch({ key, readOffset }: FetchFacts): Watched {
    const fresh = { answers: 0, readOffset, hasProgressed: false, quietMs: 0, patienceMs: this.#patienceMs };
    this.#watched.set(key, fresh);
    return fresh;
  }

  #forgetAllBut(facts: readonly FetchFacts[]): void {
    const keys = new Set(facts.map(({ key }) => key));
    for (const key of this.#watched.keys()) if (!keys.has(key)) this.#watched.delete(key);
  }
}

function describeStall(
  { key, answers, readOffset, readableEnd, logEnd }: FetchFacts,
  quietMs: number,
): string {
  const seconds = Math.round(quietMs / 1000);
  if (answers > 0 && readOffset > logEnd) {
    return `${key} has been at offset ${readOffset} for ${seconds} s, and the broker says that the log ends at ${logEnd}`;
  }
  if (readOffset >= readableEnd) return `no fetch of ${key} has been answered for ${seconds} s`;
  return `${key} has been at offset ${readOffset} for ${seconds} s, with records up to ${readableEnd}`;
}
