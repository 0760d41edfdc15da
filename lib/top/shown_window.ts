// A closed window and the daemon's status as a client gets them: text from a server that may be of another version, so
// what is not as expected is left out, and never trusted.

/** A closed window. */
export interface ShownWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  /** How much a count can at most be too high. */
  readonly error: number;
  readonly top: readonly (readonly [word: string, count: number])[];
}

/** What a daemon says of itself; undefined where it does not. */
export interface ShownStatus {
  readonly name: string | undefined;
  /** Undefined: it is ready. */
  readonly notReady: string | undefined;
  readonly slideMs: number | undefined;
  readonly recordsPerSecond: number | undefined;
  /** Records per second allowed; Infinity: no limit. */
  readonly limit: number | undefined;
  /** Of all partitions for which it is known. */
  readonly lag: number;
  readonly partitions: number;
  readonly watermarkMs: number | undefined;
  /** The daemon's clock. */
  readonly nowMs: number | undefined;
  readonly late: number;
  readonly skipped: number;
}

/** @throws {SyntaxError} for what is no closed window. */
export function parseWindow(json: string): ShownWindow {
  const window = JSON.parse(json);
  const numbers = {
    startMs: numberAt(window, "window_start"),
    endMs: numberAt(window, "window_end"),
    records: numberAt(window, "records"),
    words: numberAt(window, "words"),
    distinct: numberAt(window, "distinct"),
    error: numberAt(window, "error"),
  };
  const top = at(window, "top");
  if (!Object.values(numbers).every(Number.isFinite) || !Array.isArray(top) || !top.every(isWordCount)) {
    throw new SyntaxError(`cannot read a window: ${json.slice(0, 100)}`);
  }
  return { ...numbers as Record<keyof typeof numbers, number>, top };
}

/** @throws {SyntaxError} for what is no JSON. */
export function parseStatus(json: string): ShownStatus {
  const status = JSON.parse(json);
  const partitions = at(status, "partitions");
  const lags = Array.isArray(partitions) ? partitions.map((one) => numberAt(one, "lag") ?? 0) : [];
  const reason = textAt(status, "health", "reason") ?? textAt(status, "ready", "reason");
  const governor = at(status, "governor");
  return {
    name: textAt(status, "name"),
    notReady: at(status, "ready", "ready") === true && at(status, "health", "ok") !== false
      ? undefined
      : reason ?? "it does not say why",
    slideMs: numberAt(status, "window", "slide_ms"),
    recordsPerSecond: numberAt(status, "rates", "records_per_second"),
    limit: at(governor, "limit") === null ? Infinity : numberAt(governor, "limit"),
    lag: lags.reduce((sum, lag) => sum + lag, 0),
    partitions: lags.length,
    watermarkMs: numberAt(status, "watermark"),
    nowMs: numberAt(status, "now"),
    late: sumAt(status, "totals", "late"),
    skipped: sumAt(status, "totals", "skipped_records"),
  };
}

function isWordCount(entry: unknown): entry is readonly [string, number] {
  return Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "number";
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

function sumAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  const numbers = typeof found === "object" && found !== null ? Object.values(found) : [];
  return numbers.filter((one) => typeof one === "number").reduce((sum, one) => sum + one, 0);
}
