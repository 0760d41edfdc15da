// The watermarks of SPEC's rules, recomputed from every event each time: an oracle for `Watermark`.

export type WatermarkEvent =
  | {
    readonly kind: "record";
    readonly partition: number;
    readonly timestampMs: number;
    readonly arrivedMs: number;
  }
  /** A record dated ahead of the clock. The log ended at `endOffset` at the time `clockMs`. */
  | {
    readonly kind: "ahead";
    readonly partition: number;
    readonly arrivedMs: number;
    readonly endOffset: number;
    readonly clockMs: number;
    readonly askedMs: number;
  }
  /** Everything below this offset has been taken. */
  | { readonly kind: "position"; readonly partition: number; readonly position: number }
  /** Records are read again from here on; the earlier run came to this watermark. */
  | { readonly kind: "replay"; readonly partition: number; readonly watermarkMs: number }
  | { readonly kind: "replayed"; readonly partition: number; readonly arrivedMs: number }
  | { readonly kind: "replay_end"; readonly partition: number }
  | { readonly kind: "end"; readonly partition: number; readonly endSeenMs: number }
  | { readonly kind: "more"; readonly partition: number };

export interface NaiveRules {
  readonly partitions: number;
  readonly latenessMs: number;
  readonly idleMs: number;
}

interface Mark {
  readonly watermarkMs: number;
  readonly holdsBack: boolean;
  readonly isReplaying: boolean;
}

/** The stream's watermark after all these events; it never goes back. */
export function naiveStreamMs(events: readonly WatermarkEvent[], rules: NaiveRules): number {
  let streamMs = -Infinity;
  for (let n = 0; n <= events.length; n++) {
    const past = events.slice(0, n);
    const marks = Array.from({ length: rules.partitions }, (_, partition) => markOf(past, partition, rules));
    if (marks.some(({ isReplaying }) => isReplaying)) continue;
    const holding = marks.filter(({ holdsBack }) => holdsBack).map(({ watermarkMs }) => watermarkMs);
    const all = marks.map(({ watermarkMs }) => watermarkMs);
    streamMs = Math.max(streamMs, holding.length > 0 ? Math.min(...holding) : Math.max(...all));
  }
  return streamMs;
}

function markOf(events: readonly WatermarkEvent[], partition: number, rules: NaiveRules): Mark {
  const own = events.filter((event) => event.partition === partition);
  let watermarkMs = -Infinity;
  for (let n = 1; n <= own.length; n++) {
    watermarkMs = Math.max(watermarkMs, bareWatermark(own.slice(0, n), rules));
  }
  const { endSeenMs, arrivedMs, largestMs } = factsOf(own, rules);
  const isIdle = endSeenMs !== undefined && (largestMs === -Infinity || endSeenMs - arrivedMs > rules.idleMs);
  const isSeen =
    own.some(({ kind }) => kind !== "more" && kind !== "position" && !kind.startsWith("replay")) ||
    own.some(({ kind }) => kind === "replayed");
  const lastReplay = own.findLastIndex(({ kind }) => kind === "replay");
  const isReplaying = lastReplay >= 0 &&
    !own.slice(lastReplay).some(({ kind }) => kind === "replay_end" || kind === "end");
  return { watermarkMs, holdsBack: !isSeen || !isIdle, isReplaying };
}

/** The watermark by the newest of these events alone, without the one that earlier events have reached. */
function bareWatermark(own: readonly WatermarkEvent[], rules: NaiveRules): number {
  const { endSeenMs, arrivedMs, largestMs } = factsOf(own, rules);
  const hasBoth = endSeenMs !== undefined && arrivedMs !== -Infinity;
  const sinceMs = hasBoth ? Math.max(0, endSeenMs - arrivedMs) : 0;
  return largestMs === -Infinity ? -Infinity : largestMs - rules.latenessMs + sinceMs;
}

function factsOf(own: readonly WatermarkEvent[], rules: NaiveRules) {
  let largestMs = -Infinity;
  let arrivedMs = -Infinity;
  let endSeenMs: number | undefined;
  /** Index of the oldest record ahead of the clock that does not count yet. */
  let waiting: Extract<WatermarkEvent, { kind: "ahead" }> | undefined;
  for (const event of own) {
    if (event.kind === "end") endSeenMs = event.endSeenMs;
    if (event.kind === "record" || event.kind === "ahead" || event.kind === "more") endSeenMs = undefined;
    if ("arrivedMs" in event) arrivedMs = Math.max(arrivedMs, event.arrivedMs);
    if (event.kind === "record") largestMs = Math.max(largestMs, event.timestampMs);
    if (event.kind === "replay") largestMs = Math.max(largestMs, event.watermarkMs + rules.latenessMs);
    if (event.kind === "ahead") waiting ??= event;
    const isReached = event.kind === "end" ||
      (event.kind === "position" && event.position >= (waiting?.endOffset ?? 0));
    if (waiting === undefined || !isReached) continue;
    largestMs = Math.max(largestMs, waiting.clockMs);
    arrivedMs = Math.max(arrivedMs, waiting.askedMs);
    waiting = undefined;
  }
  return { largestMs, arrivedMs, endSeenMs };
}
