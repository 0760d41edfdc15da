// Finds in JSON records what paths lead to. Paths of names and indexes are skimmed, all of them in one pass and without
// parsing; a parser runs on other records and paths, with the same answers.

import { type FoundValues, VALUE } from "../found_values.ts";
import { parseSalted, unsalted } from "../../text/salted_json.ts";
import { JsonPath } from "./json_path.ts";
import { CELL, JSON_KIND, JsonSkimmer, SKIMMED } from "./json_skimmer.ts";

/** A value in Confluent's wire format begins with a zero and a schema id of four bytes. No JSON begins with a zero. */
const FRAME_BYTES = 5;

// The loop's constants are declared here, because V8 does not fold imported ones.
const { string: STRING, number: NUMBER, object: OBJECT, array: ARRAY } = JSON_KIND;
const { text: TEXT, number: NUMBER_VALUE } = VALUE;
const { kind: KIND, start: START, end: END } = CELL;
const { valid: VALID, invalid: INVALID } = SKIMMED;

/** A path, in the syntax of JsonPath. */
export interface WantedValue {
  readonly path: string;
  /** The elements of an array are wanted one by one. */
  readonly elements: boolean;
}

/** The kinds of cells by JSON_KIND, where both say the same. */
const KINDS = [
  VALUE.nothing,
  VALUE.text,
  VALUE.number,
  VALUE.true,
  VALUE.false,
  VALUE.null,
  VALUE.composite,
] as const;

/** The first byte of the JSON text in `bytes[start..end)`: after a frame, if there is one. */
export function jsonStart(bytes: Uint8Array, start: number, end: number): number {
  return bytes[start] === 0 && end - start >= FRAME_BYTES ? start + FRAME_BYTES : start;
}

export class JsonValues {
  readonly #wanted: readonly { readonly path: JsonPath; readonly elements: boolean }[];
  readonly #skimmer: JsonSkimmer | undefined;

  /** @throws {SyntaxError} if a path is none */
  constructor(wanted: readonly WantedValue[]) {
    this.#wanted = wanted.map(({ path, elements }) => ({ path: new JsonPath(path), elements }));
    this.#skimmer = JsonSkimmer.of(this.#wanted.map(({ path }) => path.steps));
  }

  /**
   * Finds the values of the record `bytes[start..end)` and sets the cells of a row of `found`, which has as many paths;
   * false if the record is not JSON. O(bytes).
   */
  read(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean {
    const from = jsonStart(bytes, start, end);
    const skimmer = this.#skimmer;
    if (skimmer === undefined || end - from > skimmer.maxRecordBytes) {
      return this.#parse(bytes, from, end, found, row);
    }
    const skimmed = skimmer.skim(bytes, from, end);
    if (skimmed === INVALID) return false;
    if (skimmed !== VALID) return this.#parse(bytes, from, end, found, row);
    const { numbers, offsets } = skimmer;
    for (let path = 0; path < offsets.length; path++) {
      const cell = offsets[path];
      const kind = numbers[cell + KIND];
      const valueStart = from + numbers[cell + START];
      const valueEnd = from + numbers[cell + END];
      if (kind === STRING) {
        found.setPlace(row, path, TEXT, valueStart + 1, valueEnd - 1);
      } else if (kind === NUMBER) {
        found.setPlace(row, path, NUMBER_VALUE, valueStart, valueEnd);
      } else if (kind <= OBJECT) found.set(row, path, KINDS[kind]);
      else this.#setOther(kind, bytes.subarray(valueStart, valueEnd), found, row, path);
    }
    return true;
  }

  /** Sets a cell to an array or a string with escapes. */
  #setOther(kind: number, json: Uint8Array, found: FoundValues, row: number, path: number): void {
    if (kind === ARRAY && !this.#wanted[path].elements) {
      found.set(row, path, VALUE.composite);
      return;
    }
    const value = parseSalted(json);
    if (typeof value === "string") found.setMade(row, path, VALUE.text, unsalted(value));
    else found.setList(row, path, unsaltedList(value as unknown[]));
  }

  #parse(bytes: Uint8Array, start: number, end: number, found: FoundValues, row: number): boolean {
    let root: unknown;
    try {
      root = parseSalted(bytes.subarray(start, end));
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
    this.#wanted.forEach(({ path, elements }, index) => {
      const values = [...path.select(root)];
      if (values.length > 1) {
        const list = elements ? values.flatMap((value) => Array.isArray(value) ? value : [value]) : values;
        found.setList(row, index, unsaltedList(list));
      } else setValue(values[0], found, { row, path: index, elements });
    });
    return true;
  }
}

/** The values with plain texts; values within them keep their salt. */
function unsaltedList(values: readonly unknown[]): unknown[] {
  return values.map((value) => typeof value === "string" ? unsalted(value) : value);
}

/** Sets a cell to a value that `parseSalted` has made; undefined is none. */
function setValue(
  value: unknown,
  found: FoundValues,
  { row, path, elements }: { readonly row: number; readonly path: number; readonly elements: boolean },
): void {
  if (value === undefined) found.set(row, path, VALUE.nothing);
  else if (typeof value === "string") found.setMade(row, path, VALUE.text, unsalted(value));
  else if (typeof value === "number") found.setMade(row, path, VALUE.number, String(value));
  else if (typeof value === "boolean") found.set(row, path, value ? VALUE.true : VALUE.false);
  else if (value === null) found.set(row, path, VALUE.null);
  else if (Array.isArray(value) && elements) found.setList(row, path, unsaltedList(value));
  else found.set(row, path, VALUE.composite);
}
