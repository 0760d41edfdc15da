// What the checker says of one link of the chain.

export type Status = "ok" | "warn" | "FAIL";

export interface Finding {
  /** The link, one word: `broker`, `topic`, `target`. */
  readonly check: string;
  readonly status: Status;
  /** What was found. Parts of it come from outside. */
  readonly message: string;
  /** What to do about it; undefined where there is nothing to be done. */
  readonly remedy?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: "ok", message };
}

/** It works, or cannot be judged, but somebody should know. */
export function warn(check: string, message: string, remedy?: string): Finding {
  return { check, status: "warn", message, ...(remedy === undefined ? {} : { remedy }) };
}

export function fail(check: string, message: string, remedy: string): Finding {
  return { check, status: "FAIL", message, remedy };
}
