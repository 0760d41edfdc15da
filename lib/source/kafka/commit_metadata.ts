// The metadata of a commit: the newest closed window, the offset from which a replay can continue with the next one, and
// what a replay cannot find out again, since it depended on the clock. The topic is the log, so recovery needs no more.

import { type FutureStep, MAX_FUTURE_STEPS } from "../../records/future_skips.ts";
import type { ReadingNotes } from "../../records/partition_queue.ts";

const FORMAT_VERSION = 1;

export interface CommitMetadata {
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity where only the closed ones bound it. */
  readonly firstEndMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly replayFrom: number;
  /** Undefined in the metadata of versions that did not write it. */
  readonly notes?: ReadingNotes | undefined;
}

export function formatCommitMetadata(metadata: CommitMetadata): string {
  const { closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom, notes } = metadata;
  const isBound = Number.isFinite(firstEndMs) && firstEndMs > closedUntilMs + slideMs;
  return JSON.stringify({
    v: FORMAT_VERSION,
    window_end: Number.isFinite(closedUntilMs) ? closedUntilMs : null,
    length: lengthMs,
    slide: slideMs,
    replay_from: replayFrom,
    // Without it, the window after the closed one is the first.
    ...(isBound ? { first_end: firstEndMs } : {}),
    ...(notes === undefined ? {} : formatNotes(notes)),
  });
}

function formatNotes({ watermarkMs, future }: ReadingNotes): Readonly<Record<string, unknown>> {
  return {
    ...(Number.isFinite(watermarkMs) ? { watermark: Math.floor(watermarkMs) } : {}),
    ...(future.length === 0 ? {} : {
      future: future.map(({ offset, fromMs }) => [offset, Number.isFinite(fromMs) ? fromMs : null]),
    }),
  };
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
  const notes = parseNotes(data);
  return {
    closedUntilMs: window_end === null ? -Infinity : window_end as number,
    firstEndMs: first_end === undefined ? -Infinity : first_end as number,
    lengthMs: length,
    slideMs: slide,
    replayFrom: replay_from,
    ...(notes === undefined ? {} : { notes }),
  };
}

/** Undefined for no notes, and for some that cannot be read. */
function parseNotes(
  { watermark, future }: { readonly watermark?: unknown; readonly future?: unknown },
): ReadingNotes | undefined {
  if (watermark !== undefined && !Number.isSafeInteger(watermark)) return undefined;
  const steps = future === undefined ? [] : parseFuture(future);
  if (steps === undefined || (watermark === undefined && steps.length === 0)) return undefined;
  return { watermarkMs: watermark === undefined ? -Infinity : watermark as number, future: steps };
}

function parseFuture(data: unknown): FutureStep[] | undefined {
  if (!Array.isArray(data) || data.length > MAX_FUTURE_STEPS) return undefined;
  const steps: FutureStep[] = [];
  for (const one of data as readonly unknown[]) {
    if (!Array.isArray(one)) return undefined;
    const [offset, fromMs] = one as readonly unknown[];
    if (!isCount(offset) || offset < (steps.at(-1)?.offset ?? 0)) return undefined;
    if (fromMs !== null && !Number.isSafeInteger(fromMs)) return undefined;
    steps.push({ offset, fromMs: fromMs === null ? Infinity : fromMs as number });
  }
  return steps;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
