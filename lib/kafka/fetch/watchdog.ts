// Says when reading has come to a standstill that nothing else has noticed: a connection that swallows requests, a
// loop that waits for what never comes, a broker that answers without giving what it has. Progress is what can be seen
// from outside: fetches are answered, and positions move while there is something to be read. Pure: its caller looks
// at the partitions from time to time, and ends the session when told of a stall.

/** What can be seen of the reading of one partition. */
export interface Sight {
  readonly key: string;
  /** How many fetches of it have been answered without an error. */
  readonly answers: number;
  readonly readOffset: number;
  /** Below it lies what may be read, as last heard; -1: not heard yet. */
  readonly readableEnd: number;
  /** No fetch is due: what came before has not been taken yet. */
  readonly hasMore: boolean;
  /** Without one there is nobody to ask, which is said elsewhere and no client's fault. */
  readonly hasLeader: boolean;
}

/** `well`: each partition has made progress since `begin`. */
export type Verdict =
  | { readonly kind: "well" }
  | { readonly kind: "unsure" }
  | { readonly kind: "stalled"; readonly reason: string };

interface Watched {
  answers: number;
  readOffset: number;
  hasProgressed: boolean;
  /** For how long there has been no progress. */
  quietMs: number;
  patienceMs: number;
}

/** Between two looks no more than this counts: a process that was stopped itself has no one to blame. */
const LONGEST_STEP_MS = 2_000;
/**
 * Where a new client does not help, patience doubles up to so many times its first: each costs the other partitions a
 * pause.
 */
const MOST_PATIENCE = 16;

export class Watchdog {
  readonly #patienceMs: number;
  readonly #watched = new Map<string, Watched>();
  #lookedMs: number | undefined;

  /** @param options.patienceMs for how long a partition may be without progress. */
  constructor({ patienceMs }: { readonly patienceMs: number }) {
    this.#patienceMs = patienceMs;
  }

  /** A session begins: the time until now is no part of it. */
  begin(): void {
    this.#lookedMs = undefined;
    for (const watched of this.#watched.values()) {
      watched.quietMs = 0;
      watched.hasProgressed = false;
    }
  }

  /** Looks at all partitions that are to be read; to be called about once a second. */
  look(sights: readonly Sight[], nowMs: number): Verdict {
    const stepMs = Math.min(nowMs - (this.#lookedMs ?? nowMs), LONGEST_STEP_MS);
    this.#lookedMs = nowMs;
    // Before the first assignment of a session there are none; their patience is not to be forgotten for that.
    if (sights.length > 0) this.#forgetAllBut(sights);
    let isWell = true;
    for (const sight of sights) {
      const watched = this.#observe(sight, stepMs);
      isWell &&= watched.hasProgressed;
      if (watched.quietMs < watched.patienceMs) continue;
      const reason = describeStall(sight, watched.quietMs);
      watched.patienceMs = Math.min(watched.patienceMs * 2, this.#patienceMs * MOST_PATIENCE);
      watched.quietMs = 0;
      return { kind: "stalled", reason };
    }
    return { kind: isWell ? "well" : "unsure" };
  }

  #observe(sight: Sight, stepMs: number): Watched {
    const { key, answers, readOffset, readableEnd, hasMore, hasLeader } = sight;
    const known = this.#watched.get(key) ?? this.#watch(sight);
    // Fewer than before: somebody else has begun to read.
    const isAnswered = answers > known.answers;
    const hasMoved = readOffset !== known.readOffset || (isAnswered && readOffset >= readableEnd);
    known.quietMs = hasMoved || hasMore || !hasLeader ? 0 : known.quietMs + stepMs;
    known.hasProgressed ||= hasMoved || hasMore;
    if (hasMoved) known.patienceMs = this.#patienceMs;
    known.answers = answers;
    known.readOffset = readOffset;
    return known;
  }

  #watch({ key, readOffset }: Sight): Watched {
    const fresh = { answers: 0, readOffset, hasProgressed: false, quietMs: 0, patienceMs: this.#patienceMs };
    this.#watched.set(key, fresh);
    return fresh;
  }

  #forgetAllBut(sights: readonly Sight[]): void {
    const keys = new Set(sights.map(({ key }) => key));
    for (const key of this.#watched.keys()) if (!keys.has(key)) this.#watched.delete(key);
  }
}

function describeStall({ key, readOffset, readableEnd }: Sight, quietMs: number): string {
  const seconds = Math.round(quietMs / 1000);
  if (readOffset >= readableEnd) return `no fetch of ${key} has been answered for ${seconds} s`;
  return `${key} has been at offset ${readOffset} for ${seconds} s, with records up to ${readableEnd}`;
}
