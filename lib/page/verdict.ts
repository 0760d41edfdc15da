// What the page says first: is it well, and if not, what is the matter.

import { parseDuration } from "../text/duration.ts";
import { countOf, formatClock, formatDuration, formatMoment } from "./quantity.ts";
import { type Status, totalLag } from "./status.ts";
import type { ClosedWindow } from "./window_history.ts";

export type Tone = "good" | "notice" | "warning" | "bad";

export interface Verdict {
  readonly tone: Tone;
  /** Some words; what a screen reader is told when they change. */
  readonly title: string;
  readonly detail: string;
}

/** The stream of windows. Times are monotonic milliseconds. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly sinceMs: number }
  | { readonly kind: "lost"; readonly sinceMs: number; readonly retryMs: number };

/** All that the verdict hangs on. */
export interface Situation {
  /** Monotonic, as all that is not a moment of the daemon's clock. */
  readonly nowMs: number;
  readonly connection: Connection;
  readonly isPaused: boolean;
  readonly status: Status | undefined;
  /** When that came. */
  readonly statusMs: number;
  readonly newest: ClosedWindow | undefined;
  /** When that came. */
  readonly newestMs: number;
}

/** Without a window for so many slides, and for at least that long, the counts are stale. */
const STALE_SLIDES = 5;
const STALE_MS = 5_000;
/** Without an answer about the daemon's state for so long, it is unknown. */
const UNANSWERED_MS = 30_000;
/** A watermark further behind than it must be by so many slides, and at least that long, is behind. */
const BEHIND_SLIDES = 5;
const BEHIND_MS = 10_000;

/** How far the watermark is behind the daemon's clock now; undefined where there is none. */
export function watermarkAgeMs({ status, statusMs, nowMs }: Situation): number | undefined {
  if (status === undefined || status.watermark === null) return undefined;
  return Math.max(0, status.now + nowMs - statusMs - status.watermark);
}

/** The first that applies, the gravest first; the reader's own pause before all. */
export function judge(situation: Situation): Verdict {
  const { connection, isPaused, status, newest, nowMs } = situation;
  if (isPaused) {
    const daemon = connection.kind === "open"
      ? "The daemon goes on counting."
      : "The daemon is out of reach.";
    return { tone: "notice", title: "Paused", detail: `The page stands still. ${daemon}` };
  }
  if (connection.kind === "lost") return judgeLost(connection, newest, nowMs);
  if (connection.kind === "connecting" || status === undefined) {
    return { tone: "notice", title: "Connecting", detail: "Waiting for the daemon's first answer." };
  }
  return judgeHealth(status) ?? judgeAnswers(situation) ?? judgeReadiness(status) ??
    judgeWindows(situation, status) ?? judgeLag(situation, status) ??
    { tone: "good", title: "Healthy", detail: `${progress(status)} Up for ${upTime(status)}.` };
}

function judgeLost(
  { sinceMs, retryMs }: { readonly sinceMs: number; readonly retryMs: number },
  newest: ClosedWindow | undefined,
  nowMs: number,
): Verdict {
  const shown = newest === undefined ? "" : ` What is shown is of ${formatClock(newest.endMs)}.`;
  const retry = retryMs > nowMs ? ` Next try in ${Math.ceil((retryMs - nowMs) / 1000)} s.` : " Trying now.";
  return {
    tone: "bad",
    title: "Reconnecting",
    detail: `The daemon has been out of reach for ${formatDuration(nowMs - sinceMs)}.${shown}${retry}`,
  };
}

function judgeHealth({ health }: Status): Verdict | undefined {
  if (health.ok) return undefined;
  return {
    tone: "bad",
    title: "Not working",
    detail: sentence(health.reason ?? "the daemon does not say why"),
  };
}

function judgeAnswers({ nowMs, statusMs }: Situation): Verdict | undefined {
  const sinceMs = nowMs - statusMs;
  if (sinceMs < UNANSWERED_MS) return undefined;
  return {
    tone: "warning",
    title: "No answer",
    detail: `The daemon has not told its state for ${formatDuration(sinceMs)}.`,
  };
}

function judgeReadiness({ ready, replay }: Status): Verdict | undefined {
  if (ready.ready) return undefined;
  if (replay !== null && replay.total > 0) {
    const percent = Math.floor((1 - replay.left / replay.total) * 100);
    return {
      tone: "notice",
      title: "Reading back",
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

function judgeWindows(situation: Situation, status: Status): Verdict | undefined {
  const { newest, newestMs, connection, nowMs } = situation;
  const { length_ms: lengthMs, slide_ms: slideMs } = status.window;
  const openMs = connection.kind === "open" ? connection.sinceMs : nowMs;
  const sinceMs = nowMs - Math.max(newest === undefined ? -Infinity : newestMs, openMs);
  if (sinceMs > Math.max(STALE_SLIDES * slideMs, STALE_MS)) {
    const ageMs = watermarkAgeMs(situation);
    const watermark = ageMs === undefined
      ? "There is no watermark yet: nothing has come in."
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
      detail: `The first one is yet to close; there is one every ${formatDuration(slideMs)}.`,
    };
  }
  if (newest.records === 0 && (status.rates?.records_per_second ?? 0) > 0) {
    // With a long slide that is so for long.
    return {
      tone: "notice",
      title: "Nothing counted yet",
      detail: `Records come in; none was in the ${formatDuration(lengthMs)} before ${
        formatMoment(newest.endMs, status.now)
      }.`,
    };
  }
  if (newest.records === 0) {
    return {
      tone: "notice",
      title: "Nothing to count",
      detail: `Ready, but no record has come in for the ${formatDuration(lengthMs)} before ${
        formatMoment(newest.endMs, status.now)
      }.`,
    };
  }
  return undefined;
}

function judgeLag(situation: Situation, status: Status): Verdict | undefined {
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

/** Durations in the configuration are as a user writes them. */
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
