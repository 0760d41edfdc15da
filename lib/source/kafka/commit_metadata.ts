// The metadata of a commit: the newest closed window, the offset from which a replay can continue with the next one, and
// what a replay cannot find out again, since it depended on the clock. The topic is the log, so recovery needs no more.

import { type FutureStep, MAX_FUTURE_STEPS } from "../../records/future_skips.ts";
import type { ReadingNotes } from "../../records/partition_queue.ts";
import { JsonValue } from "../../text/json_value.ts";

const FORMAT_VERSION = 1;

/** The state of the pane log, in a group whose members report their counts (lib/merge). */
export interface ReportedCommit {
  /** The lowest offset of a counted record that is not reported. */
  readonly openFrom: number;
  /** Reports have the counts of all panes that end here or earlier; -Infinity for none. */
  readonly cutMs: number;
  /** Offset in the pane log from which the windows after the closed one can be made again. */
  readonly logFrom: number;
}

export interface CommitMetadata {
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity where only the closed ones bound it. */
  readonly firstEndMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly replayFrom: number;
  /** End of the newest window that a member with all partitions of the topics has closed; undefined for none. */
  readonly wholeUntilMs?: number | undefined;
  /** Undefined where counts are not reported. */
  readonly reported?: ReportedCommit | undefined;
  /** Undefined in the metadata of versions that did not write it. */
  readonly notes?: ReadingNotes | undefined;
}

export function formatCommitMetadata(metadata: CommitMetadata): string {
  const { closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom, wholeUntilMs, reported, notes } =
    metadata;
  const isBound = Number.isFinite(firstEndMs) && firstEndMs > closedUntilMs + slideMs;
  return JSON.stringify({
    v: FORMAT_VERSION,
    window_end: Number.isFinite(closedUntilMs) ? closedUntilMs : null,
    length: lengthMs,
    slide: slideMs,
    replay_from: replayFrom,
    // Without it, the window after the closed one is the first.
    ...(isBound ? { first_end: firstEndMs } : {}),
    ...(Number.isFinite(wholeUntilMs) ? { whole_until: wholeUntilMs } : {}),
    ...(reported === undefined ? {} : formatReported(reported)),
    ...(notes === undefined ? {} : formatNotes(notes)),
  });
}

function formatReported({ openFrom, cutMs, logFrom }: ReportedCommit): Readonly<Record<string, unknown>> {
  return { open_from: openFrom, reported: Number.isFinite(cutMs) ? cutMs : null, log_from: logFrom };
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
  const data = JsonValue.parse(text);
  const lengthMs = countAt(data, "length");
  const slideMs = countAt(data, "slide");
  const replayFrom = countAt(data, "replay_from");
  if (data.at("v").number !== FORMAT_VERSION || replayFrom === undefined) return undefined;
  if (lengthMs === undefined || slideMs === undefined || lengthMs === 0 || slideMs === 0) return undefined;
  const windowEnd = data.at("window_end");
  const closedUntilMs = windowEnd.isNull ? -Infinity : windowEnd.integer;
  const firstEnd = data.at("first_end");
  const firstEndMs = firstEnd.isNothing ? -Infinity : firstEnd.integer;
  if (closedUntilMs === undefined || firstEndMs === undefined) return undefined;
  const wholeUntilMs = data.at("whole_until").integer;
  const reported = parseReported(data);
  const notes = parseNotes(data);
  return {
    closedUntilMs,
    firstEndMs,
    lengthMs,
    slideMs,
    replayFrom,
    // No member has closed a newer window for all partitions than for one of them.
    ...(wholeUntilMs === undefined ? {} : { wholeUntilMs: Math.min(wholeUntilMs, closedUntilMs) }),
    ...(reported === undefined ? {} : { reported }),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** Undefined where counts were not reported, and for what cannot be read. */
function parseReported(data: JsonValue): ReportedCommit | undefined {
  const openFrom = countAt(data, "open_from");
  const logFrom = countAt(data, "log_from");
  const cut = data.at("reported");
  const cutMs = cut.isNull ? -Infinity : cut.integer;
  if (openFrom === undefined || logFrom === undefined || cutMs === undefined) return undefined;
  return { openFrom, cutMs, logFrom };
}

/** Undefined for no notes, and for some that cannot be read. */
function parseNotes(data: JsonValue): ReadingNotes | undefined {
  const watermark = data.at("watermark");
  const future = data.at("future");
  if (!watermark.isNothing && watermark.integer === undefined) return undefined;
  const steps = future.isNothing ? [] : parseFuture(future);
  if (steps === undefined || (watermark.isNothing && steps.length === 0)) return undefined;
  return { watermarkMs: watermark.integer ?? -Infinity, future: steps };
}

function parseFuture(data: JsonValue): FutureStep[] | undefined {
  const { items } = data;
  if (items === undefined || items.length > MAX_FUTURE_STEPS) return undefined;
  const steps: FutureStep[] = [];
  for (const step of items) {
    const offset = countAt(step, 0);
    const fromMs = step.at(1).isNull ? Infinity : step.at(1).integer;
    if (offset === undefined || fromMs === undefined) return undefined;
    if (offset < (steps.at(-1)?.offset ?? 0)) return undefined;
    steps.push({ offset, fromMs });
  }
  return steps;
}

function countAt(data: JsonValue, step: string | number): number | undefined {
  const count = data.at(step).integer;
  return count !== undefined && count >= 0 ? count : undefined;
}
