// Derives the health of the daemon, the first thing the page says: whether it works and, if not, why.

import { parseDuration } from "../text/duration.ts";
import { countOf, formatClock, formatDuration, formatMoment } from "./quantity.ts";
import { type Status, totalLag } from "./status.ts";
import type { ClosedWindow } from "./window_history.ts";

/** How the page colours the health. */
export type Tone = "good" | "notice" | "warning" | "bad";

export interface Health {
  readonly tone: Tone;
  /** A few words; a screen reader reads them out when they change. */
  readonly title: string;
  readonly detail: string;
}

/** The stream of windows. Times are monotonic milliseconds. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly sinceMs: number }
  | { readonly kind: "lost"; readonly sinceMs: number; readonly retryMs: number };

/** Everything on which the health depends. */
export interface Situation {
  /** Monotonic milliseconds, like all times that are not of the daemon's clock. */
  readonly nowMs: number;
  readonly connection: Connection;
  readonly isPaused: boolean;
  readonly status: Status | undefined;
  /** When the status arrived. */
  readonly statusMs: number;
  readonly newest: ClosedWindow | undefined;
  /** When the newest window arrived. */
  readonly newestMs: number;
}

/** Counts are stale after this many slides without a window, and not before STALE_MS. */
const STALE_SLIDES = 5;
const STALE_MS = 5_000;
/** The daemon's state is unknown after this long without an answer. */
const UNANSWERED_MS = 30_000;
/** A watermark is behind when it lags this many slides more than lateness requires, and at least BEHIND_MS. */
const BEHIND_SLIDES = 5;
const BEHIND_MS = 10_000;

/** How far the watermark is behind the daemon's clock now; undefined without a watermark. */
export function watermarkAgeMs({ status, statusMs, nowMs }: Situation): number | undefined {
  if (status === undefined || status.watermark === null) return undefined;
  return Math.max(0, status.now + nowMs - statusMs - status.watermark);
}

/** Returns the gravest condition that applies; a pause by the reader comes before all. */
export function judgeHealth(situation: Situation): Health {
  const { connection, isPaused, status, newest, nowMs } = situation;
  if (isPaused) {
    const isReachable = connection.kind === "open";
    const daemon = isReachable ? "The daemon continues to count." : "The daemon cannot be reached.";
    return health("notice", "Paused", `The page does not update. ${daemon}`);
  }
  if (connection.kind === "lost") return judgeLost(connection, newest, nowMs);
  if (connection.kind === "connecting" || status === undefined) {
    return health("notice", "Connecting", "Waiting for the daemon's first answer.");
  }
  return judgeProcess(status) ?? judgeAnswers(situation) ?? judgeReadiness(status) ??
    judgeWindows(situation, status) ?? judgeLag(situation, status) ??
    health("good", "Healthy", `${progress(status)} Up for ${upTime(status)}.`);
}

function health(tone: Tone, title: string, detail: string): Health {
  return { tone, title, detail };
}

function judgeLost(
  { sinceMs, retryMs }: { readonly sinceMs: number; readonly retryMs: number },
  newest: ClosedWindow | undefined,
  nowMs: number,
): Health {
  const parts = [`The daemon has not been reachable for ${formatDuration(nowMs - sinceMs)}.`];
  if (newest !== undefined) parts.push(`The page shows the counts of ${formatClock(newest.endMs)}.`);
  const seconds = Math.ceil((retryMs - nowMs) / 1000);
  parts.push(seconds > 0 ? `Next attempt in ${seconds} s.` : "Trying now.");
  return health("bad", "Reconnecting", parts.join(" "));
}

function judgeProcess({ health: { ok, reason } }: Status): Health | undefined {
  return ok ? undefined : health("bad", "Not working", sentence(reason));
}

function judgeAnswers({ nowMs, statusMs }: Situation): Health | undefined {
  const sinceMs = nowMs - statusMs;
  if (sinceMs < UNANSWERED_MS) return undefined;
  return health(
    "warning",
    "No answer",
    `The daemon has not reported its state for ${formatDuration(sinceMs)}.`,
  );
}

function judgeReadiness({ ready, replay }: Status): Health | undefined {
  if (ready.ready) return undefined;
  if (replay === null || replay.total === 0) return health("warning", "Not ready", sentence(ready.reason));
  const percent = Math.floor((1 - replay.left / replay.total) * 100);
  const left = `${countOf(replay.left, "record")} of ${countOf(replay.total, "record")} left`;
  return health("notice", "Replaying", `${percent} % done, ${left}.`);
}

function judgeWindows(situation: Situation, status: Status): Health | undefined {
  const { newest, newestMs, connection, nowMs } = situation;
  const { length_ms: lengthMs, slide_ms: slideMs } = status.window;
  const openMs = connection.kind === "open" ? connection.sinceMs : nowMs;
  const sinceMs = nowMs - Math.max(newest === undefined ? -Infinity : newestMs, openMs);
  if (sinceMs > Math.max(STALE_SLIDES * slideMs, STALE_MS)) {
    const ageMs = watermarkAgeMs(situation);
    const watermark = ageMs === undefined
      ? "There is no watermark yet: no record has arrived."
      : `The watermark is ${formatDuration(ageMs)} behind.`;
    if (newest === undefined) return health("notice", "No window yet", watermark);
    const still = `The daemon answers, but no window has closed for ${formatDuration(sinceMs)}.`;
    return health("warning", "Stale", `${still} ${watermark}`);
  }
  if (newest === undefined) {
    const every = formatDuration(slideMs);
    return health(
      "notice",
      "No window yet",
      `The first window has not closed yet; one closes every ${every}.`,
    );
  }
  if (newest.records > 0) return undefined;
  const time = `in the ${formatDuration(lengthMs)} before ${formatMoment(newest.endMs, status.now)}`;
  // A long slide delays the first window that has the records.
  return (status.rates?.records_per_second ?? 0) > 0
    ? health("notice", "Nothing counted yet", `Records arrive, but none was ${time}.`)
    : health("notice", "Nothing to count", `The daemon is ready, but no record was ${time}.`);
}

function judgeLag(situation: Situation, status: Status): Health | undefined {
  const lag = totalLag(status);
  const ageMs = watermarkAgeMs(situation);
  const { slide_ms: slideMs } = status.window;
  if (lag === 0 || ageMs === undefined) return undefined;
  if (ageMs <= latenessMs(status) + Math.max(BEHIND_SLIDES * slideMs, BEHIND_MS)) return undefined;
  return health("warning", "Behind", `Counts are ${formatDuration(ageMs)} behind; ${waiting(lag)}.`);
}

/** The configuration states durations as text. */
function latenessMs({ config }: Status): number {
  return parseDuration(config.window.lateness) ?? 0;
}

function progress(status: Status): string {
  const lag = totalLag(status);
  return lag === 0 ? "Everything is read." : `Keeping up, ${waiting(lag)}.`;
}

function waiting(lag: number): string {
  return lag === 1 ? "1 record waits" : `${countOf(lag, "record")} wait`;
}

function upTime({ uptime_seconds: seconds }: Status): string {
  return formatDuration(Math.floor(seconds) * 1000);
}

function sentence(text = "the daemon does not say why"): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
