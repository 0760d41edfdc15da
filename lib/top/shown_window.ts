// A closed window and the daemon's status, as a client receives them. The server may have another version, so a value
// that is not as expected is left out.

import { JsonValue } from "../text/json_value.ts";

/** A closed window. */
export interface ShownWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  /** A count is too high by at most this number. */
  readonly error: number;
  readonly top: readonly (readonly [word: string, count: number])[];
  /** Undefined if the daemon does not compare counts. */
  readonly rising?: readonly ShownRise[] | undefined;
  /** Undefined if the daemon does not look for new words. */
  readonly newWords?: readonly (readonly [word: string, count: number])[] | undefined;
}

/** A word that comes more often than usual. */
export interface ShownRise {
  readonly word: string;
  readonly count: number;
  readonly expected: number;
  readonly factor: number;
}

/** The daemon's status; undefined values are not known. */
export interface ShownStatus {
  readonly name: string | undefined;
  /** Undefined: it is ready. */
  readonly notReady: string | undefined;
  readonly slideMs: number | undefined;
  readonly recordsPerSecond: number | undefined;
  /** Records per second allowed; Infinity: no limit. */
  readonly limit: number | undefined;
  /** The sum over the partitions whose lag is known. */
  readonly lag: number;
  readonly partitions: number;
  /** The group that makes the windows; undefined if the daemon makes its own. */
  readonly group: { readonly members: number; readonly partitions: number } | undefined;
  readonly watermarkMs: number | undefined;
  /** The daemon's clock. */
  readonly nowMs: number | undefined;
  readonly late: number;
  readonly skipped: number;
}

/** @throws {SyntaxError} unless the text is a closed window */
export function parseWindow(json: string): ShownWindow {
  const window = JsonValue.parse(json);
  const numberAt = (name: string) => {
    const value = window.at(name).number;
    if (value === undefined || !Number.isFinite(value)) throw notWindow(json);
    return value;
  };
  const top = window.at("top").items?.map(wordCount);
  if (top === undefined || !top.every((entry) => entry !== undefined)) throw notWindow(json);
  return {
    startMs: numberAt("window_start"),
    endMs: numberAt("window_end"),
    records: numberAt("records"),
    words: numberAt("words"),
    distinct: numberAt("distinct"),
    error: numberAt("error"),
    top,
    rising: window.at("rising").items?.map(rise).filter((entry) => entry !== undefined),
    newWords: window.at("new").items?.map(wordCount).filter((entry) => entry !== undefined),
  };
}

function notWindow(json: string): SyntaxError {
  return new SyntaxError(`cannot read a window: ${json.slice(0, 100)}`);
}

function wordCount(entry: JsonValue): readonly [string, number] | undefined {
  const word = entry.at(0).text;
  const count = entry.at(1).number;
  return word === undefined || count === undefined ? undefined : [word, count];
}

function rise(entry: JsonValue): ShownRise | undefined {
  const word = entry.at(0).text;
  const [count, expected, factor] = [1, 2, 3].map((index) => entry.at(index).number);
  if (word === undefined || count === undefined || expected === undefined || factor === undefined) {
    return undefined;
  }
  return { word, count, expected, factor };
}

/** @throws {SyntaxError} unless the text is JSON */
export function parseStatus(json: string): ShownStatus {
  const status = JsonValue.parse(json);
  if (status.isNothing) throw new SyntaxError(`the status is not JSON: ${json.slice(0, 100)}`);
  const partitions = status.at("partitions").items ?? [];
  const reason = status.at("health", "reason").text ?? status.at("ready", "reason").text;
  const isReady = status.at("ready", "ready").boolean === true && status.at("health", "ok").boolean !== false;
  const limit = status.at("governor", "limit");
  return {
    name: status.at("name").text,
    notReady: isReady ? undefined : reason ?? "it does not say why",
    slideMs: status.at("window", "slide_ms").number,
    recordsPerSecond: status.at("rates", "records_per_second").number,
    limit: limit.isNull ? Infinity : limit.number,
    lag: partitions.reduce((sum, one) => sum + (one.at("lag").number ?? 0), 0),
    partitions: partitions.length,
    group: parseGroup(status.at("group")),
    watermarkMs: status.at("watermark").number,
    nowMs: status.at("now").number,
    late: sumOf(status.at("totals", "late")),
    skipped: sumOf(status.at("totals", "skipped_records")),
  };
}

function parseGroup(group: JsonValue): ShownStatus["group"] {
  const [members, partitions] = [group.at("members").number, group.at("partitions").number];
  return members === undefined || partitions === undefined ? undefined : { members, partitions };
}

function sumOf(counts: JsonValue): number {
  return (counts.members ?? []).reduce((sum, [, count]) => sum + (count.number ?? 0), 0);
}
