// Reads a record by the rules, with strings and JSON.parse: an oracle for SelectedTexts.

import { Buffer } from "node:buffer";
import type { ConditionRule, ReadingRules, Scalar, TestRule } from "../../lib/extraction/reading_rules.ts";
import { jsonpath } from "json-p3";

export interface NaiveRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

export type NaiveReading =
  | { readonly kind: "skipped"; readonly reason: string; readonly timeMs?: number | undefined }
  | { readonly kind: "filtered"; readonly timeMs: number | undefined }
  | {
    readonly kind: "counted";
    readonly timeMs: number | undefined;
    readonly weight: number;
    readonly texts: readonly string[];
  };

const INVALID_KEY = Symbol("invalid key");

export function naiveReading(record: NaiveRecord, rules: ReadingRules): NaiveReading {
  const { format, timestamp, where, weight } = rules;
  const root = format === "json" && record.value !== null ? parse(record.value) : { root: undefined };
  if (root === undefined) return { kind: "skipped", reason: "invalid_json" };
  const select = (path: string): unknown[] =>
    root.root === undefined
      ? []
      : jsonpath.compile(path).query(root.root as Parameters<jsonpath.JSONPathQuery["query"]>[0]).values();
  const timeMs = timestamp && timeOf(select(timestamp.path), timestamp.format);
  if (timestamp !== undefined && timeMs === undefined) {
    return { kind: "skipped", reason: "invalid_timestamp" };
  }
  for (const condition of where) {
    const holds = conditionHolds(condition, record, rules, select);
    if (holds === INVALID_KEY) return { kind: "skipped", reason: "invalid_key", timeMs };
    if (!holds) return { kind: "filtered", timeMs };
  }
  const [by] = weight === undefined ? [1] : select(weight);
  const isWeight = typeof by === "number" && Number.isSafeInteger(by) && by >= 0 &&
    (weight === undefined || select(weight).length === 1);
  if (!isWeight) return { kind: "skipped", reason: "invalid_weight", timeMs };
  const texts = textsOf(record, rules, select);
  return texts === INVALID_KEY
    ? { kind: "skipped", reason: "invalid_key", timeMs }
    : { kind: "counted", timeMs, weight: by as number, texts };
}

function parse(bytes: Uint8Array): { readonly root: unknown } | undefined {
  const json = bytes[0] === 0 && bytes.length >= 5 ? bytes.subarray(5) : bytes;
  try {
    return { root: JSON.parse(textOf(json)) };
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function timeOf(values: readonly unknown[], format: string): number | undefined {
  const [value] = values;
  if (values.length !== 1 || typeof value !== (format === "rfc3339" ? "string" : "number")) return undefined;
  let ms = Number(value);
  if (format === "unix") ms = Math.floor(Math.round(ms * 1e6) / 1000);
  if (format === "rfc3339") {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(String(value))) {
      return undefined;
    }
    ms = Date.parse(String(value));
  }
  return Number.isInteger(ms) && ms >= 0 && ms <= 8.64e15 ? ms + 0 : undefined;
}

function keyText(key: Uint8Array, { keyFormat }: ReadingRules): string | typeof INVALID_KEY {
  const bytes = Buffer.from(key);
  switch (keyFormat) {
    case "text":
      return textOf(key);
    case "int32":
      return bytes.length === 4 ? String(bytes.readInt32BE()) : INVALID_KEY;
    case "int64":
      return bytes.length === 8 ? String(bytes.readBigInt64BE()) : INVALID_KEY;
    case "hex":
      return bytes.toString("hex");
    case "uuid": {
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(textOf(key))) return textOf(key).toLowerCase();
      const hex = bytes.toString("hex");
      return bytes.length === 16 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : INVALID_KEY;
    }
  }
}

function conditionHolds(
  { subject, test }: ConditionRule,
  record: NaiveRecord,
  rules: ReadingRules,
  select: (path: string) => unknown[],
): boolean | typeof INVALID_KEY {
  if (subject.kind === "field") return testHolds(test, select(subject.path), false);
  if (subject.kind === "header") {
    const value = record.headers.findLast(([name]) => name === subject.name)?.[1] ?? null;
    return testHolds(test, value === null ? [] : [value], true);
  }
  if (record.key === null) return testHolds(test, [], true);
  const key = keyText(record.key, rules);
  return key === INVALID_KEY ? key : testHolds(test, [key], true);
}

/** `isUntyped`: a text that is a number passes for one, too. */
function testHolds(test: TestRule, found: readonly unknown[], isUntyped: boolean): boolean {
  const values = found.map((value) => typeof value === "string" ? value.toWellFormed() : value);
  const isNumeral = (value: unknown) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(String(value));
  const numberOf = (value: unknown) =>
    typeof value === "number" ? value : isUntyped && isNumeral(value) ? Number(value) : NaN;
  const isOneOf = (value: unknown, wanted: readonly Scalar[]) =>
    wanted.some((one) => typeof one === "number" ? numberOf(value) === one : value === one);
  switch (test.kind) {
    case "exists":
      return (values.length > 0) === test.exists;
    case "in":
      return values.some((value) => isOneOf(value, test.values));
    case "not_in":
      return !values.some((value) => isOneOf(value, test.values));
    case "range":
      return values.some((value) => numberOf(value) >= test.min && numberOf(value) <= test.max);
    case "matches":
      return values.some((value) =>
        (typeof value === "string" || typeof value === "number") &&
        new RegExp(test.pattern, "u").test(String(value))
      );
  }
}

function textsOf(
  record: NaiveRecord,
  rules: ReadingRules,
  select: (path: string) => unknown[],
): readonly string[] | typeof INVALID_KEY {
  const { from, replace, format } = rules;
  const replaced = (text: string) =>
    replace.reduce(
      (text, { pattern, with: to }) => text.replaceAll(new RegExp(pattern, "gu"), to),
      text.toWellFormed(),
    );
  const isText = (value: unknown) => typeof value === "string" || typeof value === "number";
  switch (from.kind) {
    case "value": {
      const { value } = record;
      if (value === null) return [];
      const isFramed = format === "json" && value[0] === 0 && value.length >= 5;
      return [replaced(textOf(isFramed ? value.subarray(5) : value))];
    }
    case "key": {
      const key = record.key === null ? null : keyText(record.key, rules);
      return key === INVALID_KEY ? key : key === null ? [] : [replaced(key)];
    }
    case "header": {
      const value = record.headers.findLast(([name]) => name === from.name)?.[1] ?? null;
      return value === null ? [] : [replaced(value)];
    }
    case "field":
      return select(from.path).flat().filter(isText).map((value) => replaced(String(value)));
    case "fields": {
      const all = from.paths.map(select);
      if (!all.every((values) => values.length === 1 && isText(values[0]))) return [];
      return [all.map(([value]) => replaced(String(value))).join(from.joiner)];
    }
  }
}
