// Selects paths in a decoded value, which has the form that `parseSalted` returns, and writes what they select into the
// cells of FoundValues.

import { type FoundValues, VALUE } from "../found_values.ts";
import { unsalted } from "../../text/salted_json.ts";
import { JsonPath } from "./json_path.ts";

/** A path, in the syntax of JsonPath. */
export interface WantedValue {
  readonly path: string;
  /** The elements of an array are wanted one by one. */
  readonly elements: boolean;
  /** A timestamp whose schema names its unit is wanted in milliseconds. */
  readonly inMilliseconds?: boolean;
}

/** A path; the elements of an array are wanted one by one, or not. */
export interface SelectedPath {
  readonly path: JsonPath;
  readonly elements: boolean;
}

/** @throws {SyntaxError} if a path is none */
export function parsePaths(wanted: readonly WantedValue[]): readonly SelectedPath[] {
  return wanted.map(({ path, elements }) => ({ path: new JsonPath(path), elements }));
}

/** Sets the cells of a row: the values that paths lead to in `root`. */
export function setSelected(
  root: unknown,
  wanted: readonly SelectedPath[],
  { found, row }: { readonly found: FoundValues; readonly row: number },
): void {
  wanted.forEach(({ path, elements }, index) => {
    const values = [...path.select(root)];
    if (values.length > 1) {
      const list = elements ? values.flatMap((value) => Array.isArray(value) ? value : [value]) : values;
      found.setList(row, index, unsaltedList(list));
    } else setValue(values[0], found, { row, path: index, elements });
  });
}

/** The values with plain texts; values within them keep their salt. */
export function unsaltedList(values: readonly unknown[]): unknown[] {
  return values.map((value) => typeof value === "string" ? unsalted(value) : value);
}

/** Sets a cell to a value; undefined is none. A bigint is a number that is no safe integer. */
function setValue(
  value: unknown,
  found: FoundValues,
  { row, path, elements }: { readonly row: number; readonly path: number; readonly elements: boolean },
): void {
  if (value === undefined) found.set(row, path, VALUE.nothing);
  else if (typeof value === "string") found.setMade(row, path, VALUE.text, unsalted(value));
  else if (typeof value === "number" || typeof value === "bigint") {
    found.setMade(row, path, VALUE.number, String(value));
  } else if (typeof value === "boolean") found.set(row, path, value ? VALUE.true : VALUE.false);
  else if (value === null) found.set(row, path, VALUE.null);
  else if (Array.isArray(value) && elements) found.setList(row, path, unsaltedList(value));
  else found.set(row, path, VALUE.composite);
}
