// A simple reference for JsonTexts, on JSON.parse.

import assert from "node:assert/strict";
import { jsonpath } from "json-p3";
import type { JsonTexts } from "../../../lib/formats/json/json_texts.ts";

/** The texts that a path leads to in a record; undefined if the record is not JSON. */
export function referenceTexts(record: Uint8Array, path: jsonpath.JSONPathQuery): string[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(record));
  } catch {
    return undefined;
  }
  const values = path.query(root as Parameters<typeof path.query>[0]).values().flatMap((
    value,
  ) => Array.isArray(value) ? value : [value]);
  return values.filter((value) => typeof value === "string" || typeof value === "number")
    .map((value) => String(value).toWellFormed());
}

/** Asserts that both are the same in any order: the members of an object have none. */
export function assertSameTexts(found: string[] | undefined, wanted: string[] | undefined): void {
  assert.deepEqual(found?.toSorted(), wanted?.toSorted());
}

/** The texts that JsonTexts finds in the record, which stands between other bytes. */
export function foundTexts(record: Uint8Array, texts: JsonTexts): string[] | undefined {
  const around = new TextEncoder().encode('"}');
  const bytes = new Uint8Array(record.length + 2 * around.length);
  bytes.set(around);
  bytes.set(record, around.length);
  bytes.set(around, around.length + record.length);
  texts.reset(bytes);
  const outcome = texts.add(around.length, around.length + record.length);
  if (outcome === "invalid") return undefined;
  return [texts.inPlace, texts.made].flatMap(({ bytes, starts, ends, count }) => {
    return Array.from({ length: count }, (_, i) => {
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(starts[i], ends[i]));
    });
  });
}
