// The log of the program: one line per event. Messages and fields contain untrusted input (topic names, brokers' messages),
// so they are cut and escaped: none may fill the disk, end a line or control a terminal.

import type { Clock } from "../async/clock.ts";
import { escapeUnsafe } from "../text/escape.ts";
import { formatLocalTime } from "../text/local_time.ts";
import { shorten } from "../text/shorten.ts";

/** The weight of an event, in ascending order. */
export type LogLevel = "debug" | "info" | "warn" | "error";
/** Lines of text, or JSON objects. */
export type LogFormat = "text" | "json";

/** The level and the format of what is written. */
export interface LogSettings {
  /** Lower events are not written. */
  readonly level: LogLevel;
  /** The format of each line. */
  readonly format: LogFormat;
}

/**
 * Strings, numbers, booleans, lists of these, and errors, which are logged with their causes. `undefined` is left out. Any
 * other object is logged as its class name only, as it may contain a secret.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** A log, with fields for the details of an event. */
export interface Log {
  /** Logs a detail for finding faults. */
  debug(message: string, fields?: LogFields): void;
  /** Logs an event of normal operation. */
  info(message: string, fields?: LogFields): void;
  /** Logs a fault from which the program recovers. */
  warn(message: string, fields?: LogFields): void;
  /** Logs a fault that needs an operator. */
  error(message: string, fields?: LogFields): void;
  /** The same log with a longer name: `rtcount` becomes `rtcount.kafka`. */
  child(name: string): Log;
  /** Changes level and format of this log, its parents and its children. */
  configure(settings: LogSettings): void;
}

/** The settings of a log, and where it writes. */
export interface LogOptions extends LogSettings {
  /** Gets each line without a line end. */
  readonly write: (line: string) => void;
  /** Dates the lines. */
  readonly clock: Pick<Clock, "nowMs">;
  /** Stands in each line; `rtcount` unless given. */
  readonly name?: string;
}

type FieldValue = string | number | boolean;

interface LogEvent {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly name: string;
  readonly message: string;
  readonly fields: readonly (readonly [key: string, value: FieldValue])[];
}

/** In ascending order, with the names of Python's logging, as in the lab (docs/spark-lab.md). */
const LEVEL_NAMES = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" } as const;
const LEVELS = Object.keys(LEVEL_NAMES);
/** A chain of causes may be a cycle. */
const MAX_CAUSES = 8;
/** The longest text or error in a field. */
const MAX_TEXT_CHARACTERS = 4_096;
/** The longest list in a field, and the longest message: the effective configuration is one. */
const MAX_LINE_CHARACTERS = 65_536;
const RESERVED_KEYS: ReadonlySet<string> = new Set(["time", "level", "name", "message"]);

/** JSON.stringify keeps these, but some readers take them for a line end or a command. */
const UNSAFE_IN_JSON = /[\x7f-\x9f\u2028\u2029]/g;
const PLAIN_VALUE = /^[\p{L}\p{N}_.,:;/@+*%()[\]{}<>-]+$/u;

/** Makes a log. */
export function createLog(options: LogOptions): Log {
  const { write, clock } = options;
  const settings: { level: LogLevel; format: LogFormat } = { level: options.level, format: options.format };

  function named(name: string): Log {
    function put(level: LogLevel, message: string, fields: LogFields): void {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(settings.level)) return;
      const shown = shorten(message, MAX_LINE_CHARACTERS);
      const event = { timeMs: clock.nowMs(), level, name, message: shown, fields: fieldValues(fields) };
      write(settings.format === "json" ? formatJson(event) : formatText(event));
    }
    return {
      debug: (message, fields = {}) => put("debug", message, fields),
      info: (message, fields = {}) => put("info", message, fields),
      warn: (message, fields = {}) => put("warn", message, fields),
      error: (message, fields = {}) => put("error", message, fields),
      child: (childName) => named(`${name}.${childName}`),
      configure({ level, format }) {
        settings.level = level;
        settings.format = format;
      },
    };
  }

  return named(options.name ?? "rtcount");
}

/** An error with its causes, in one line. */
export function formatError(error: unknown): string {
  return describeError(error, MAX_CAUSES);
}

function describeError(error: unknown, causesLeft: number): string {
  if (!(error instanceof Error)) return String(fieldValue(error));
  const kind = error.name === "Error" ? "" : error.name;
  const head = [kind, error.message].filter((part) => part !== "").join(": ") || "Error";
  const causes = [
    ...(error.cause === undefined ? [] : [error.cause]),
    // The error of a host with several addresses has no message, only these errors.
    ...(error instanceof AggregateError ? error.errors : []),
  ].slice(0, causesLeft);
  if (causes.length === 0) return head;
  return `${head} (${causes.map((cause) => describeError(cause, causesLeft - causes.length)).join("; ")})`;
}

function fieldValues(fields: LogFields): [string, FieldValue][] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, fieldValue(value)]);
}

function fieldValue(value: unknown): FieldValue {
  switch (typeof value) {
    case "string":
      return shorten(value, MAX_TEXT_CHARACTERS);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value); // JSON has no other numbers
    case "object":
      if (value === null) return "null";
      if (value instanceof Error) return shorten(formatError(value), MAX_TEXT_CHARACTERS);
      if (Array.isArray(value)) {
        return shorten(value.map((item) => String(fieldValue(item))).join(","), MAX_LINE_CHARACTERS);
      }
      return `<${value.constructor?.name ?? "Object"}>`;
    case "function":
      return "<Function>";
    default:
      return String(value);
  }
}

function formatText({ timeMs, level, name, message, fields }: LogEvent): string {
  const milliseconds = String(new Date(timeMs).getMilliseconds()).padStart(3, "0");
  const head = `${formatLocalTime(timeMs)},${milliseconds} - ${LEVEL_NAMES[level]} [${name}] main ${message}`;
  const tail = fields.map(([key, value]) => ` ${key}=${formatTextValue(value)}`).join("");
  return escapeUnsafe(head + tail);
}

/** Quoted where a bare value would be ambiguous. */
function formatTextValue(value: FieldValue): string {
  if (typeof value !== "string" || PLAIN_VALUE.test(value)) return String(value);
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

function formatJson({ timeMs, level, name, message, fields }: LogEvent): string {
  const line: Record<string, FieldValue> = { time: new Date(timeMs).toISOString(), level, name, message };
  for (const [key, value] of fields) line[RESERVED_KEYS.has(key) ? `${key}_` : key] = value;
  return JSON.stringify(line).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
