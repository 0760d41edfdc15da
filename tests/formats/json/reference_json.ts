// A simple reference for readers of values: what paths lead to in JSON.

import { Buffer } from "node:buffer";
import { jsonpath } from "json-p3";
import type { AvroReader } from "../../../lib/formats/avro/avro_reader.ts";
import { FoundValues, VALUE } from "../../../lib/formats/found_values.ts";
import { JsonValues } from "../../../lib/formats/json/json_values.ts";
import type { WantedValue } from "../../../lib/formats/json/selected_values.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const KIND_NAMES = new Map<number, string>(Object.entries(VALUE).map(([name, kind]) => [kind, name]));

/** The value that a path leads to: a text, a number, or the name of a kind, with the values of a list. */
export type Found = string | number | { readonly kind: string; readonly list?: readonly unknown[] };

export interface ReferencePath {
  readonly path: jsonpath.JSONPathQuery;
  readonly elements: boolean;
}

/** The elements of arrays are wanted by every second path. */
export function wantedOf(paths: readonly string[]): WantedValue[] {
  return paths.map((path, index) => ({ path, elements: index % 2 === 0 }));
}

export function referencePaths(wanted: readonly WantedValue[]): ReferencePath[] {
  return wanted.map(({ path, elements }) => ({ path: jsonpath.compile(path), elements }));
}

/** The value that each path leads to in a record; undefined if the record is not JSON. */
export function referenceValues(record: Uint8Array, paths: readonly ReferencePath[]): Found[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(decoder.decode(record));
  } catch {
    return undefined;
  }
  return selectReference(root, paths);
}

/** The value that each path leads to in a value. */
export function selectReference(root: unknown, paths: readonly ReferencePath[]): Found[] {
  return paths.map(({ path, elements }) => {
    const values: unknown[] = path.query(root as Parameters<typeof path.query>[0]).values();
    const list = elements ? values.flat() : values;
    if (values.length > 1 || (elements && Array.isArray(values[0]))) {
      return { kind: "list", list: sorted(list) };
    }
    return describe(values[0]);
  });
}

/** The values of a list in any order: the members of an object have none. */
function sorted(values: readonly unknown[]): Found[] {
  // JSON.stringify does not tell Infinity from -Infinity.
  const keyOf = (found: Found) =>
    typeof found === "object" ? JSON.stringify(found) : `${typeof found} ${found}`;
  return values.map(describe).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

function describe(value: unknown): Found {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number" || typeof value === "bigint") return Number(value) + 0;
  if (value === undefined) return { kind: "nothing" };
  return { kind: value === null || typeof value === "boolean" ? String(value) : "composite" };
}

/** The values that a reader finds in the record, which stands between other bytes. */
export function foundValues(
  record: Uint8Array,
  reader: JsonValues | Pick<AvroReader, "read">,
  width: number,
): Found[] | undefined {
  return foundInAll([record], reader, width)[0];
}

/** The values that a reader finds in each record of a block, in which other bytes stand before and behind each. */
export function foundInAll(
  records: readonly Uint8Array[],
  reader: JsonValues | Pick<AvroReader, "read">,
  width: number,
): (Found[] | undefined)[] {
  const between = new TextEncoder().encode('"}');
  const bytes = Buffer.concat([between, ...records.flatMap((record) => [record, between])]);
  const found = new FoundValues(width);
  found.reset(bytes, records.length);
  if (reader instanceof JsonValues) reader.begin(bytes, bytes.length);
  let start = between.length;
  return records.map((record, row) => {
    const end = start + record.length;
    const isValid = reader instanceof JsonValues
      ? reader.read(start, end, found, row)
      : reader.read(bytes, start, end, found, row);
    start = end + between.length;
    return isValid ? Array.from({ length: width }, (_, path) => cellOf(found, row, path)) : undefined;
  });
}

function cellOf(found: FoundValues, row: number, path: number): Found {
  const kind = found.kind(row, path);
  if (kind === VALUE.list) return { kind: "list", list: sorted(found.list(row, path)) };
  if (kind !== VALUE.text && kind !== VALUE.number) {
    return { kind: KIND_NAMES.get(kind) ?? "unknown" };
  }
  const bytes = found.bytes(row, path).subarray(found.start(row, path), found.end(row, path));
  const text = decoder.decode(bytes);
  return kind === VALUE.text ? text : Number(text) + 0;
}
