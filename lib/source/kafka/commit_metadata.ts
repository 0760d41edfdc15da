// The metadata of a commit: the newest closed window, and the offset from which a replay can continue with the next one.
// The topic is the log, so this is all that recovery needs.

const FORMAT_VERSION = 1;

export interface CommitMetadata {
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity where only the closed ones bound it. */
  readonly firstEndMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly replayFrom: number;
}

export function formatCommitMetadata(metadata: CommitMetadata): string {
  const { closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom } = metadata;
  const isBound = Number.isFinite(firstEndMs) && firstEndMs > closedUntilMs + slideMs;
  return JSON.stringify({
    v: FORMAT_VERSION,
    window_end: Number.isFinite(closedUntilMs) ? closedUntilMs : null,
    length: lengthMs,
    slide: slideMs,
    replay_from: replayFrom,
    // Without it, the window after the closed one is the first.
    ...(isBound ? { first_end: firstEndMs } : {}),
  });
}

/** Undefined for the metadata of another program or another version. */
export function parseCommitMetadata(text: string): CommitMetadata | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof data !== "object" || data === null) return undefined;
  const { v, window_end, length, slide, replay_from, first_end } = data as Readonly<Record<string, unknown>>;
  if (v !== FORMAT_VERSION || !isCount(length) || !isCount(slide) || !isCount(replay_from)) return undefined;
  if (length === 0 || slide === 0) return undefined;
  if (window_end !== null && !Number.isSafeInteger(window_end)) return undefined;
  if (first_end !== undefined && !Number.isSafeInteger(first_end)) return undefined;
  return {
    closedUntilMs: window_end === null ? -Infinity : window_end as number,
    firstEndMs: first_end === undefined ? -Infinity : first_end as number,
    lengthMs: length,
    slideMs: slide,
    replayFrom: replay_from,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
