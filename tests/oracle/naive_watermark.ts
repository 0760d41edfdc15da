// The watermarks of SPEC's rules, recomputed from every event each time: an oracle for `Watermark`.

export type WatermarkEvent =
  | {
    readonly kind: "record";
    readonly partition: number;
    readonly timestampMs: number;
    readonly arrivedMs: number;
  }
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
}

/** The stream's watermark after all these events; it never goes back. */
export function naiveStreamMs(events: readonly WatermarkEvent[], rules: NaiveRules): number {
  let streamMs = -Infinity;
  for (let n = 0; n <= events.length; n++) {
    const past = events.slice(0, n);
    const marks = Array.from({ length: rules.partitions }, (_, partition) => markOf(past, partition, rules));
    const holding = marks.filter(({ holdsBack }) => holdsBack).map(({ watermarkMs }) => watermarkMs);
    const all = marks.map(({ watermarkMs }) => watermarkMs);
    streamMs = Math.max(streamMs, holding.length > 0 ? Math.min(...holding) : Math.max(...all));
  }
  return streamMs;
}

function markOf(events: readonly WatermarkEvent[], partition: number, rules: NaiveRules): Mark {
  let largestMs = -Infinity;
  let arrivedMs = -Infinity;
  let watermarkMs = -Infinity;
  let endSeenMs: number | undefined;
  let isSeen = false;
  for (const event of events) {
    if (event.partition !== partition) continue;
    if (event.kind === "more") endSeenMs = undefined;
    else {
      isSeen = true;
      if (event.kind === "record") {
        endSeenMs = undefined;
        largestMs = Math.max(largestMs, event.timestampMs);
        arrivedMs = Math.max(arrivedMs, event.arrivedMs);
      } else endSeenMs = event.endSeenMs;
      const sinceMs = endSeenMs === undefined ? 0 : Math.max(0, endSeenMs - arrivedMs);
      if (largestMs !== -Infinity) {
        watermarkMs = Math.max(watermarkMs, largestMs - rules.latenessMs + sinceMs);
      }
    }
  }
  const isIdle = endSeenMs !== undefined && (largestMs === -Infinity || endSeenMs - arrivedMs > rules.idleMs);
  return { watermarkMs, holdsBack: !isSeen || !isIdle };
}
