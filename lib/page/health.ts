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
    const daemon = connection.kind === "open"
      ? "The daemon continues to count."
      : "The daemon cannot be reached.";
    return { tone: "notice", title: "Paused", detail: `The page does not update. ${daemon}` };
  }
  if (connection.kind === "lost") return judgeLost(connection, newest, nowMs);
  if (connection.kind === "connecting" || status === undefined) {
    return { tone: "notice", title: "Connecting", detail: "Waiting for the daemon's first answer." };
  }
  return judgeProcess(status) ?? judgeAnswers(situation) ?? judgeReadiness(status) ??
    judgeWindows(situation, status) ?? judgeLag(situation, status) ??
    { tone: "good", title: "Healthy", detail: `${progress(status)} Up for ${upTime(status)}.` };
}

function judgeLost(
  { sinceMs, retryMs }: { readonly sinceMs: number; readonly retryMs: number },
  newest: ClosedWindow | undefined,
  nowMs: number,
): Health {
  const shown = newest === undefined ? "" : ` The page shows the counts of ${formatClock(newest.endMs)}.`;
  const retry = retryMs > nowMs
    ? ` Next attempt in ${Math.ceil((retryMs - nowMs) / 1000)} s.`
    : " Trying now.";
  return {
    tone: "bad",
    title: "Reconnecting",
    detail: `The daemon has not been reachable for ${formatDuration(nowMs - sinceMs)}.${shown}${retry}`,
  };
}

function judgeProcess({ health }: Status): Health | undefined {
  if (health.ok) return undefined;
  return {
    tone: "bad",
    title: "Not working",
    detail: sentence(health.reason ?? "the daemon does not say why"),
  };
}

function judgeAnswers({ nowMs, statusMs }: Situation): Health | undefined {
  const sinceMs = nowMs - statusMs;
  if (sinceMs < UNANSWERED_MS) return undefined;
  return {
    tone: "warning",
    title: "No answer",
    detail: `The daemon has not reported its state for ${formatDuration(sinceMs)}.`,
  };
}

function judgeReadiness({ ready, replay }: Status): Health | undefined {
  if (ready.ready) return undefined;
  if (replay !== null && replay.total > 0) {
    const percent = Math.floor((1 - replay.left / replay.total) * 100);
    return {
      tone: "notice",
      title: "Replaying",
      detail: `${percent} % done, ${countOf(replay.left, "record")} of ${
        countOf(replay.total, "record")
      } left.`,
    };
  }
  return {
    tone: "warning",
    title: "Not ready",
    detail: sentence(ready.reason ?? "the daemon does not say why"),
  };
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
    return newest === undefined ? { tone: "notice", title: "No window yet", detail: watermark } : {
      tone: "warning",
      title: "Stale",
      detail: `The daemon answers, but no window has closed for ${formatDuration(sinceMs)}. ${watermark}`,
    };
  }
  if (newest === undefined) {
    return {
      tone: "notice",
      title: "No window yet",
      detail: `The first window has not closed yet; one closes every ${formatDuration(slideMs)}.`,
    };
  }
  if (newest.records === 0 && (status.rates?.records_per_second ?? 0) > 0) {
    // A long slide delays the first window that has them.
    return {
      tone: "notice",
      title: "Nothing counted yet",
      detail: `Records arrive, but none was in the ${formatDuration(lengthMs)} before ${
        formatMoment(newest.endMs, status.now)
      }.`,
    };
  }
  if (newest.records === 0) {
    return {
      tone: "notice",
      title: "Nothing to count",
      detail: `The daemon is ready, but no record was in the ${formatDuration(lengthMs)} before ${
        formatMoment(newest.endMs, status.now)
      }.`,
    };
  }
  return undefined;
}

function judgeLag(situation: Situation, status: Status): Health | undefined {
  const lag = totalLag(status);
  const ageMs = watermarkAgeMs(situation);
  const { slide_ms: slideMs } = status.window;
  if (lag === 0 || ageMs === undefined) return undefined;
  if (ageMs <= latenessMs(status) + Math.max(BEHIND_SLIDES * slideMs, BEHIND_MS)) return undefined;
  return {
    tone: "warning",
    title: "Behind",
    detail: `Counts are ${formatDuration(ageMs)} behind; ${waiting(lag)}.`,
  };
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

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
