// A finding is what the checker reports about one link of the chain.

export type Status = "ok" | "warn" | "FAIL";

export interface Finding {
  /** The link, one word: `broker`, `topic`, `target`. */
  readonly check: string;
  readonly status: Status;
  /** Parts of it come from outside. */
  readonly message: string;
  /** Undefined if nothing needs to be done. */
  readonly remedy?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: "ok", message };
}

/** The link works, or cannot be judged, but somebody should know. */
export function warn(check: string, message: string, remedy?: string): Finding {
  return { check, status: "warn", message, ...(remedy === undefined ? {} : { remedy }) };
}

export function fail(check: string, message: string, remedy: string): Finding {
  return { check, status: "FAIL", message, remedy };
}

export const RAISE_RETENTION =
  "raise the topic's retention.ms above window.length + window.lateness + the longest outage to survive";

/** A finding names no more things of a kind. */
export const MAX_NAMES = 5;

export function listNames(names: readonly (string | number)[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A rounded duration: `1.5 s`, `3 min`, `5 h`. */
export function formatAge(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds <= 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
